"""The errors that the timesnet package raises, all under one base."""


class TimesNetError(ValueError):
    """Base of every error that timesnet raises on purpose; its message is one line."""


class DataError(TimesNetError):
    """Rows, columns or tensors that can't be used as they are."""


class ConfigError(TimesNetError):
    """A hyper-parameter that is missing, out of range or at odds with another one."""


class CheckpointError(TimesNetError):
    """A checkpoint that can't be read or doesn't fit its configuration."""


class LayerError(TimesNetError):
    """A layer name that the model doesn't have."""
