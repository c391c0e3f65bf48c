"""Arrays in, scores out: how much embeddings tell of labels."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
