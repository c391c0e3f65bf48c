"""Differences as text."""


def signed(value: float, places: int = 3) -> str:
    """With its sign; what rounds to 0 is +0, since a loss of nothing is none."""
    return f"{round(value, places) + 0.0:+.{places}f}"
