"""The days that text names, whatever the order and the spelling of year, month and day."""

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": 9}
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_PART = r"[-/. ]"
_NAME = r"[A-Za-z]{3,9}"
_TH = r"(?:st|nd|rd|th)?"

# What a day looks like, without what may follow it; the first that fits a whole cell is taken.
_DAY_FIRST_OR_MONTH_FIRST = rf"\d{{1,2}}{_PART}\d{{1,2}}{_PART}\d{{4}}"
_TWO_DIGIT_YEAR = rf"\d{{1,2}}{_PART}\d{{1,2}}{_PART}\d{{2}}"
_FORMS = (
    r"\d{4}[-/._ ]\d{1,2}[-/._ ]\d{1,2}",
    r"\d{4}年\s?\d{1,2}月\s?\d{1,2}日",
    r"\d{8}",
    _DAY_FIRST_OR_MONTH_FIRST,
    _TWO_DIGIT_YEAR,
    rf"\d{{4}}{_PART}{_NAME}{_PART}\d{{1,2}}",
    rf"\d{{1,2}}{_TH}{_PART}+{_NAME}\.?,?{_PART}+\d{{4}}",
    rf"\d{{1,2}}{_PART}{_NAME}{_PART}\d{{2}}",
    rf"{_NAME}\.?{_PART}+\d{{1,2}}{_TH},?{_PART}+\d{{4}}",
    r"\d{4}[-/.]\d{1,2}",
)
# RE2 and Python's re read these alike.
DAY = rf"(?i:{_WEEKDAY})(?:{'|'.join(_FORMS)})"
# Years that other calendars count now, and what they are ahead of (behind) the Gregorian one.
_OTHER_CALENDARS = ((2400, 2700, "Buddhist", -543), (1330, 1500, "Persian", 621))
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Days:
    """Days since 1970 of each text, None where it is none; how the order was decided, in words.

    `ambiguous` holds a text whose day and month can't be told apart, with both readings, where nothing decides.
    """

    numbers: tuple[int | None, ...]
    order: str = ""
    ambiguous: tuple[str, str, str] | None = None


def read_days(texts: Sequence[str]) -> Days:
    """The days of distinct texts of one column; the order of day and month is decided by all of them together."""
    split = [_parts(text) for text in texts]
    numeric = [parts for parts in split if isinstance(parts, list)]
    orders, words, doubt = _order(numeric)
    if doubt is not None:
        text = next(text for text, parts in zip(texts, split, strict=True) if isinstance(parts, list))
        parts = _parts(text)
        assert isinstance(parts, list)
        first, second = (_named(_number(*_in_order(parts, order))) for order in doubt)
        return Days((None,) * len(texts), ambiguous=(text, first, second))
    numbers = [
        _number(*_in_order(parts, orders)) if isinstance(parts, list) else parts and _number(*parts)
        for parts in split
    ]
    return Days(tuple(numbers), words)


def other_calendar(texts: Iterable[str]) -> str | None:
    """In words, where years are those of another calendar, such as 2567 for 2024; None where they are not."""
    for text in texts:
        for digits in re.findall(r"(?<!\d)(\d{4})(?:\d{4})?(?!\d)", text):
            for first, last, name, ahead in _OTHER_CALENDARS:
                if first <= int(digits) < last:
                    return f"the year {digits} is of the {name} calendar: write {int(digits) + ahead}"
    return None


def _parts(text: str) -> tuple[int, int, int] | list[int] | None:
    """Year, month and day; a list of three numbers, as they stand, where their order is to be decided yet."""
    text = re.sub(_WEEKDAY, "", text.strip(), count=1, flags=re.IGNORECASE)
    if re.fullmatch(rf"{_DAY_FIRST_OR_MONTH_FIRST}|{_TWO_DIGIT_YEAR}", text):
        numbers = [int(part) for part in re.split(_PART, text)]
        return [*numbers, 1 if "." in text else 0, len(re.split(_PART, text)[2])]
    if re.fullmatch(r"\d{8}", text):
        return int(text[:4]), int(text[4:6]), int(text[6:])
    words = re.findall(r"\d+|[A-Za-z]{3,}", text)
    named = [word for word in words if word.isalpha() and word.lower() in _MONTHS]
    digits = [word for word in words if word.isdigit()]
    if named:
        month = _MONTHS[named[0].lower()]
        if len(digits) != 2:
            return None
        year, day = digits if len(digits[0]) == 4 else reversed(digits)
        return _full_year(year), month, int(day)
    if len(digits) == 3 and len(words) == 3:
        return int(digits[0]), int(digits[1]), int(digits[2])
    if len(digits) == 2 and len(words) == 2:
        return int(digits[0]), int(digits[1]), 1
    return None


def _order(cells: list[list[int]]) -> tuple[str, str, tuple[str, str] | None]:
    """The order of the parts, in words too; or the two orders that both fit."""
    if not cells:
        return "dmy", "", None
    two_digits = any(cell[4] == 2 for cell in cells)
    fits = {}
    for order in ("dmy", "mdy", "ymd") if two_digits else ("dmy", "mdy"):
        numbers = [_number(*_in_order(cell, order)) for cell in cells]
        known = [number for number in numbers if number is not None]
        # A cell that fits no order is an error of its own, named later.
        fits[order] = (len(known), max(known, default=0) - min(known, default=0))
    most = max(count for count, _ in fits.values())
    left = {order: span for order, (count, span) in fits.items() if count == most}
    words = {"dmy": ", day first", "mdy": ", month first", "ymd": ", two-digit year first"}
    if len(left) == 1:
        (order,) = left
        return order, words[order], None
    if set(left) == {"dmy", "mdy"} and all(cell[3] for cell in cells):
        # Nobody writes a month first with points.
        return "dmy", words["dmy"], None
    if all(_same(cell, left) for cell in cells):
        return next(iter(left)), "", None
    first, second, *_ = left
    return "", "", (first, second)


def _same(cell: list[int], orders: Iterable[str]) -> bool:
    return len({_in_order(cell, order) for order in orders}) == 1


def _in_order(cell: list[int], order: str) -> tuple[int, int, int]:
    named = dict(zip(order, cell[:3], strict=True))
    year = named["y"]
    return (_full_year(f"{year:02d}") if cell[4] == 2 else year), named["m"], named["d"]


def _full_year(digits: str) -> int:
    year = int(digits)
    # As POSIX has it: 69 to 99 are of the last century.
    return year if len(digits) > 2 else year + (1900 if year >= 69 else 2000)


def _number(year: int, month: int, day: int) -> int | None:
    if not 1900 <= year < 2200:
        return None
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


def _named(number: int | None) -> str:
    return "no date" if number is None else date.fromordinal(number + _EPOCH).isoformat()
