"""The past windows most like one, printed with what followed them."""

import numpy as np
import pandas as pd

from study.commands.file_windows import windows_of_file
from study.commands.model import fetch_model
from study.configuration import is_labelled
from study.display import suggestion
from study.errors import StudyError
from study.publish.past_windows import scores_in_words
from study.stores import use_default_store
from timesnet.candles import in_words
from timesnet.errors import DataError
from timesnet.extractor import PastWindows, load_extractor, require_past
from timesnet.tables import RowNames, check_zone, parse_dates


def print_neighbours(*, model: str, data: str, at: str, symbol: str, neighbours: int, timezone: str) -> None:
    """Print the past windows most like one of `data`, what followed each, and how often each class followed.

    Args:
        model: of the registry, with the past windows that its study kept.
        at: the window's date, as in embeddings: the open time of its last candle; "" for the newest window. Without
            time zone it is in `timezone`, by default that of the study's candles, or UTC.
        symbol: of the window, where the candles have several.
        neighbours: how many.

    Raises StudyError or timesnet's errors, one line.
    """
    if neighbours < 1:
        raise StudyError(f"neighbours={neighbours}: give 1 or more")
    if is_labelled(data):
        raise StudyError(f"data={data!r}: neighbours are looked up for windows of candles, which have dates")
    try:
        check_zone(timezone)
    except DataError as error:
        raise StudyError(str(error)) from None
    use_default_store()
    fetched = fetch_model(model)
    extractor = load_extractor(fetched.folder)
    past = require_past(extractor.past)
    read = windows_of_file(extractor, data, timezone=timezone)
    keys = read.keys(read.windows.ends)
    row = _row(keys, data, _moment(at, timezone or extractor.timezone), symbol)
    date = keys["date"].iloc[row]
    vector = extractor.embed_windows(read.windows.select(np.array([row])))
    found = past.like(vector, np.array([date.as_unit("ns").value]), neighbours)
    told = past.table(keys.iloc[[row]], found)
    nearest = pd.DataFrame(told["neighbours"].iloc[0])
    if nearest.empty:
        raise StudyError(
            f"data={data!r}: no window that the model keeps lies before {date:%Y-%m-%d %H:%M}; the first one does "
            f"from {pd.Timestamp(int(past.apart.min()), unit='ns'):%Y-%m-%d %H:%M} on"
        )
    whose = f", {keys['symbol'].iloc[row]}" if "symbol" in keys else ""
    print(
        f"the window of {extractor.seq_len} candles to {date:%Y-%m-%d %H:%M} UTC{whose} (open time of the last one, "
        f"which closes {in_words(extractor.interval())} later), by layer {extractor.layer} ({extractor.pooling}) of "
        f"{fetched.uri}"
    )
    print(
        f"the {len(nearest)} past windows most like it; none shares a candle with it or another, or lies in its future"
    )
    print()
    for line in _lines(nearest, past):
        print(f"  {line}")
    print()
    print(f"  outcome: {past.outcome}")
    shares, total = past.shares(found, neighbours)[0], int(found.past.sum())
    for number, name in enumerate(past.class_names):
        print(
            f"  {name}: followed {shares[number]:.0%} of these {len(nearest)}; "
            f"{found.past[0, number] / total:.0%} of all {total:,} past windows"
        )
    print(f"how good that is on test windows that nothing had seen, {past.metric}:")
    for line in scores_in_words(past):
        print(f"  {line}")
    print(f'in Python: embedder.predict(candles, params={{"neighbours": {neighbours}}})')


def _moment(at: str, zone: str) -> pd.Timestamp | None:
    if not at:
        return None
    try:
        found, _ = parse_dates(pd.Series([at]), name="at", rows=RowNames(source="at"), zone=zone)
    except DataError:
        raise StudyError(f"at={at!r} is no date; give one as 2024-05-01T12:00") from None
    return pd.Timestamp(found[0], tz="UTC")


def _row(keys: pd.DataFrame, data: str, at: pd.Timestamp | None, symbol: str) -> int:
    """The place of the one window that is meant."""
    if symbol and "symbol" not in keys:
        raise StudyError(f"symbol={symbol!r}: the candles of data={data!r} have no symbol; leave it out")
    if "symbol" in keys:
        known = [str(name) for name in keys["symbol"].unique()]
        if not symbol and len(known) > 1:
            raise StudyError(f"data={data!r} has {len(known)} symbols: give symbol={known[0]}, say")
        if symbol and symbol not in known:
            raise StudyError(f"symbol={symbol!r} is not in data={data!r}: {suggestion(symbol, known)}")
        keys = keys[keys["symbol"].astype(str) == (symbol or known[0])]
    dates = pd.DatetimeIndex(keys["date"])
    if at is None:
        return int(keys.index.to_numpy()[dates.argmax()])
    there = np.flatnonzero(dates == at)
    if len(there):
        return int(keys.index.to_numpy()[there[0]])
    before, after = dates[dates < at], dates[dates > at]
    near = [f"{date:%Y-%m-%dT%H:%M}" for date in (*before[-1:], *after[:1])]
    raise StudyError(
        f"at={at:%Y-%m-%dT%H:%M} UTC: no window of data={data!r} ends in a candle that opens then; the nearest: "
        f"{' and '.join(near)}"
    )


def _lines(nearest: pd.DataFrame, past: PastWindows) -> list[str]:
    shown = nearest.assign(
        date=[f"{date:%Y-%m-%d %H:%M} UTC" for date in pd.to_datetime(nearest["date"])],
        distance=nearest["distance"].map("{:.2f}".format),
        outcome=nearest["outcome"].map("{:+.4f}".format if (past.outcomes < 0).any() else "{:.4f}".format),
    ).rename(columns={"class": "what followed"})
    return shown.to_string(index=False).splitlines()
