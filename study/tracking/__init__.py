"""The MLflow side of a study: runs, writes that survive an outage, links."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
