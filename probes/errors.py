"""The one exception that this package raises on purpose."""


class ProbeError(ValueError):
    """Input that cannot be probed; the message is one line that names the value and what to do."""
