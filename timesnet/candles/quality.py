"""What was found wrong with a table of candles, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .checks import JUMP
from .durations import in_words


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A stretch without candles: `before` is the last candle before it, `after` the first one behind it,
    UTC."""

    symbol: str
    before: pd.Timestamp
    after: pd.Timestamp
    missing_candles: int

    @property
    def duration(self) -> pd.Timedelta:
        """From one open time to the other."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class RepeatedBlock:
    """Consecutive dates that the source holds more than once; `rows` were dropped, `differing` of them held
    other numbers than the row that was kept."""

    symbol: str
    first: pd.Timestamp
    last: pd.Timestamp
    rows: int
    differing: int


@dataclass(frozen=True, kw_only=True)
class DataQuality:
    """What cleaning found and did.

    Attributes:
        source: data set or file.
        rows_read, rows_kept: table rows before, candles after.
        blank_rows: rows with nothing in them, dropped.
        rows_without_prices: rows with a date and nothing else, which are gaps.
        recognised_as: the export that a table without header was recognised as; empty where there is a header.
        first, last: open times of the first and last candle kept, UTC.
        interval: from one candle to the next.
        symbols: names, sorted; empty where the source has no such column.
        columns: the source's column for each part of a candle.
        columns_ignored: the source's other columns.
        columns_passed_over: in words, those of them that could have been the time or the volume.
        dates_read_as, numbers_read_as: what was assumed about their spelling.
        duplicates_dropped: rows whose date (and symbol) another row has; `duplicates_differing` of them hold
            other numbers than that row, and `duplicates_kept` says which one stayed.
        repeated_blocks: where they were, the largest ten.
        off_grid_dropped: single rows between two places of the grid; off_grid_dates are the first ten.
        grid_shifts: places where the grid moves, as daily candles do at a change of clocks.
        gaps, missing_candles: how often candles are missing within a symbol, and how many.
        longest_gaps: the longest ten.
        hours: when the market is open, in words, by symbol; under "" of all others.
        sessions: stretches between two closures, or days where candles are whole days, of all symbols together; 0 where
            the market never closes.
        closures: nights, weekends and pauses; holidays: closures of whole sessions, early_closes: sessions that ended
            early, of each the first ten last candles before in holiday_dates and early_close_dates.
        segments: gap-free runs; longest_segment in candles.
        zero_volumes: candles kept with a volume of zero; zero_volume_share of all kept.
        jumps: candles that open at more than JUMP times the close before, or that part of it, with no gap between;
            jump_examples are the first five, in words.
        impossible: dropped candles by kind; one candle can be of several kinds.
        impossible_examples: the first five, in words.
    """

    source: str
    rows_read: int
    rows_kept: int
    blank_rows: int
    rows_without_prices: int = 0
    recognised_as: str = ""
    columns_passed_over: str = ""
    first: pd.Timestamp
    last: pd.Timestamp
    interval: pd.Timedelta
    symbols: tuple[str, ...]
    columns: Mapping[str, str]
    columns_ignored: tuple[str, ...]
    dates_read_as: str
    numbers_read_as: str
    duplicates_dropped: int
    duplicates_differing: int
    duplicates_kept: str
    repeated_blocks: tuple[RepeatedBlock, ...]
    off_grid_dropped: int
    off_grid_dates: tuple[pd.Timestamp, ...]
    grid_shifts: int
    gaps: int
    missing_candles: int
    longest_gaps: tuple[Gap, ...]
    hours: Mapping[str, str]
    sessions: int
    closures: int
    holidays: int
    holiday_dates: tuple[pd.Timestamp, ...]
    early_closes: int
    early_close_dates: tuple[pd.Timestamp, ...]
    segments: int
    longest_segment: int
    zero_volumes: int
    jumps: int
    jump_examples: tuple[str, ...]
    impossible: Mapping[str, int]
    impossible_dropped: int
    impossible_examples: tuple[str, ...]

    @property
    def zero_volume_share(self) -> float:
        """Share of the candles kept, 0 to 1."""
        return self.zero_volumes / self.rows_kept

    def to_dict(self) -> dict[str, Any]:
        """The report in types that JSON knows: dates as ISO 8601 in UTC, lengths in seconds beside words."""
        return {
            "source": self.source,
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "blank_rows_dropped": self.blank_rows,
            "rows_without_prices": self.rows_without_prices,
            "recognised_as": self.recognised_as,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "interval": in_words(self.interval),
            "interval_seconds": self.interval.total_seconds(),
            "symbols": list(self.symbols),
            "columns": dict(self.columns),
            "columns_ignored": list(self.columns_ignored),
            "columns_passed_over": self.columns_passed_over,
            "dates_read_as": self.dates_read_as,
            "numbers_read_as": self.numbers_read_as,
            "duplicates": {
                "dropped": self.duplicates_dropped,
                "differing": self.duplicates_differing,
                "kept": self.duplicates_kept,
                "blocks": [
                    {
                        "symbol": block.symbol,
                        "first": block.first.isoformat(),
                        "last": block.last.isoformat(),
                        "rows": block.rows,
                        "differing": block.differing,
                    }
                    for block in self.repeated_blocks
                ],
            },
            "off_grid": {
                "dropped": self.off_grid_dropped,
                "dates": [date.isoformat() for date in self.off_grid_dates],
                "grid_shifts": self.grid_shifts,
            },
            "gaps": {
                "count": self.gaps,
                "missing_candles": self.missing_candles,
                "segments": self.segments,
                "longest_segment": self.longest_segment,
                "longest": [
                    {
                        "symbol": gap.symbol,
                        "before": gap.before.isoformat(),
                        "after": gap.after.isoformat(),
                        "missing_candles": gap.missing_candles,
                        "seconds": gap.duration.total_seconds(),
                        "duration": in_words(gap.duration),
                    }
                    for gap in self.longest_gaps
                ],
            },
            "market": {
                "hours": dict(self.hours),
                "sessions": self.sessions,
                "closures": self.closures,
                "holidays": self.holidays,
                "holidays_after": [date.isoformat() for date in self.holiday_dates],
                "early_closes": self.early_closes,
                "early_closes_after": [date.isoformat() for date in self.early_close_dates],
            },
            "zero_volumes": {"count": self.zero_volumes, "share": round(self.zero_volume_share, 6)},
            "jumps": {"count": self.jumps, "examples": list(self.jump_examples)},
            "impossible": {
                "dropped": self.impossible_dropped,
                "kinds": dict(self.impossible),
                "examples": list(self.impossible_examples),
            },
        }

    def summary(self) -> str:
        """Some eight lines for a console."""
        symbols = f", {len(self.symbols)} symbols" if len(self.symbols) > 1 else ""
        blank = f" ({self.blank_rows:,} of them blank)" if self.blank_rows else ""
        lines = [
            f"{self.source}: {self.rows_read:,} rows read{blank}, {self.rows_kept:,} candles of "
            f"{in_words(self.interval)} kept{symbols}, {_minute(self.first)} to {_minute(self.last)} UTC",
            f"  dates: {self.dates_read_as}"
            + (f"; numbers: {self.numbers_read_as}" if self.numbers_read_as else ""),
            f"  duplicates: {self._duplicates()}",
            f"  off the grid: {self._off_grid()}",
            *([f"  market: {self._market()}"] if self.sessions else []),
            f"  gaps: {self._gaps()}"
            + ("; the market never closes" if self.gaps and not self.sessions else ""),
            f"  zero volumes: {self.zero_volumes:,} candles ({self.zero_volume_share:.1%}), kept",
            f"  impossible candles: {self._impossible()}",
            *([f"  jumps: {self._jumps()}"] if self.jumps else []),
        ]
        if self.recognised_as:
            lines.insert(1, f"  format: {self.recognised_as}")
        if "volume" not in self.columns:
            lines.append("  volumes: none, so a study goes on without the features of volume")
        elif self.zero_volumes == self.rows_kept:
            lines.append("  volumes: zero throughout, so a study goes on without the features of volume")
        if self.columns_passed_over:
            lines.append(f"  not taken: {self.columns_passed_over}")
        if self.columns_ignored:
            lines.append(f"  columns ignored: {_some(self.columns_ignored)}")
        return "\n".join(lines)

    def _duplicates(self) -> str:
        if not self.duplicates_dropped:
            return "none"
        block = self.repeated_blocks[0]
        where = f"{_minute(block.first)} to {_minute(block.last)}"
        if len(self.repeated_blocks) > 1:
            where = f"most of them {where}"
        return (
            f"{self.duplicates_dropped:,} rows dropped ({where}; {self.duplicates_differing:,} held other "
            "numbers), "
            f"kept {self.duplicates_kept}"
        )

    def _off_grid(self) -> str:
        if not self.off_grid_dropped:
            return "none" if not self.grid_shifts else f"none; the grid shifts {self.grid_shifts:,} times"
        dates = _some([f"{date:%Y-%m-%d %H:%M:%S}" for date in self.off_grid_dates])
        return f"{self.off_grid_dropped:,} rows dropped ({dates})"

    def _market(self) -> str:
        usual, own = self.hours[""], [f"{name} {text}" for name, text in self.hours.items() if name]
        hours = usual + (f" ({_some(own, 3)})" if own else "")
        return (
            f"open {hours}; {self.sessions:,} sessions, closed {self.closures:,} times as usual and "
            f"{self.holidays:,} for holidays, {self.early_closes:,} early closes (calendar=24/7 if it never closes)"
        )

    def _gaps(self) -> str:
        untraded = (
            f"; {self.rows_without_prices:,} rows hold a date and no price"
            if self.rows_without_prices
            else ""
        )
        if not self.gaps:
            return f"none{untraded}"
        longest = self.longest_gaps[0]
        missing = f"{self.missing_candles:,} candle{'s' if self.missing_candles > 1 else ''}"
        return (
            f"{self.gaps:,} with {missing} missing, the longest "
            f"{in_words(longest.duration)} "
            f"after {_minute(longest.before)}; longest run without a gap {self.longest_segment:,} candles{untraded}"
        )

    def _jumps(self) -> str:
        many = f"{self.jumps:,} candles open" if self.jumps > 1 else "1 candle opens"
        return (
            f"{many} at more than {JUMP:g} times the close before, or less than that part of it "
            f"({self.jump_examples[0]}), as where shares are split or prices go on in another unit: if so, adjust the "
            "earlier prices"
        )

    def _impossible(self) -> str:
        if not self.impossible_dropped:
            return "none"
        kinds = ", ".join(f"{kind}: {count:,}" for kind, count in self.impossible.items() if count)
        return f"{self.impossible_dropped:,} dropped ({kinds}), such as {self.impossible_examples[0]}"


def _minute(date: pd.Timestamp) -> str:
    return f"{date:%Y-%m-%d %H:%M}"


def _some(names: tuple[str, ...] | list[str], limit: int = 6) -> str:
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest
