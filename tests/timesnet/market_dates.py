"""Open times of markets that close, by hand: what their hours are is known."""

import numpy as np
import pandas as pd


def open_times(zone, spans, *, freq, start="2022-01-03", weeks=60, closed=(), early=()):
    """Open times (UTC) of candles in local `spans` of (weekday, "HH:MM", hours long), Monday 0, each week.

    `closed` are local dates without any, `early` pairs (date, "HH:MM") after which there are none on that date.
    """
    step = pd.Timedelta(freq)
    monday = pd.Timestamp(start)
    found = []
    for week in range(weeks):
        for weekday, clock, hours in spans:
            opens = monday + pd.Timedelta(days=7 * week + weekday) + pd.Timedelta(f"{clock}:00")
            local = pd.date_range(opens, opens + pd.Timedelta(hours=hours), freq=step, inclusive="left")
            days = local.strftime("%Y-%m-%d")
            keep = ~days.isin(list(closed))
            for day, until in early:
                keep &= ~((days == day) & (local.strftime("%H:%M") >= until))
            found.append(local[keep])
    local = found[0].append(found[1:])
    return (
        local.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
        .tz_convert("UTC")
        .as_unit("ns")
        .unique()
    )


def walk(dates, *, seed=0, symbol=None):
    """A random walk of possible candles that open at `dates`."""
    generator = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(generator.normal(0, 0.004, len(dates)))), 4)
    opening = np.concatenate(([100.0], close[:-1]))
    spread = 1 + generator.exponential(0.002, (2, len(dates)))
    frame = pd.DataFrame(
        {
            "date": dates,
            "open": opening,
            "high": np.maximum(opening, close) * spread[0],
            "low": np.minimum(opening, close) / spread[1],
            "close": close,
            "volume": np.round(generator.gamma(2, 500, len(dates))),
        }
    )
    return frame if symbol is None else frame.assign(symbol=symbol)


WEEKDAYS = range(5)
NEW_YORK = [(day, "09:30", 6.5) for day in WEEKDAYS]
TOKYO = [(day, clock, 2.5) for day in WEEKDAYS for clock in ("09:00", "12:30")]
CURRENCIES = [(day, "17:00", 24) for day in (-1, 0, 1, 2, 3)]
FUTURES = [(day, "18:00", 23) for day in (-1, 0, 1, 2, 3)]
DAYS = [(day, "00:00", 24) for day in WEEKDAYS]
TEL_AVIV = [(day, "00:00", 24) for day in (-1, 0, 1, 2, 3)]
