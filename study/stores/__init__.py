"""Reaching MLflow and databases: checks before the start, waiting through an outage, the default store."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
