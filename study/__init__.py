"""The experiment: which layer of which TimesNet gives the best embedding."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
