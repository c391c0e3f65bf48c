"""A table as a file holds it, before anything is made of its cells."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """A table and where it stood.

    Attributes:
        frame: of text files all cells are text, empty ones missing.
        name: the file.
        first_line: line of the text file that holds row 0, or None.
        separator: what separates the cells of a text file, or None.
        headless: whether no line names the columns, which are then called 0, 1, …
        header: names that were given all the same, too few for the columns that there are.
        preamble: cells of the lines before the header.
    """

    frame: pd.DataFrame
    name: str
    first_line: int | None = None
    separator: str | None = None
    headless: bool = False
    header: tuple[str, ...] = ()
    preamble: tuple[tuple[str, ...], ...] = ()
