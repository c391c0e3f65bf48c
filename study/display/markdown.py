"""Markdown that shows any text as it is."""

import re
from html import escape


def code(text: str) -> str:
    """Markdown code that shows any text as it is, in a table too."""
    return "`" + text.replace("`", "'").replace("|", "¦").replace("\n", " ") + "`"


def as_text(value: str) -> str:
    """Markdown that shows any text as it is in a cell of a table, without markup, links or columns of its own."""
    escaped = escape(" ".join(value.split()), quote=False)
    return re.sub(r"([\\|*_\[\]~])", r"\\\1", escaped)
