"""What a finished study leaves in MLflow: runs, notes, saved views, tables, the registered model."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
