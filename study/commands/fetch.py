"""Live candles from an exchange, through ccxt."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from study.commands.outputs import require_free, write_noted
from study.display import suggestion
from study.errors import StudyError
from timesnet.candles import in_words

PAGE = 1000
# Candles that an exchange gives at once at least, while no page has shown how many.
_SMALL_PAGE = 100


def fetch(*, exchange: str, symbol: str, timeframe: str, since: str, output: str, overwrite: str) -> None:
    """Download all candles from `since` (ISO 8601, UTC) until now into a CSV or Parquet file.

    A file that this command did not write, or that was changed since, is replaced only with `overwrite=yes`.

    Raises StudyError when ccxt is not installed, or the exchange, symbol, timeframe, date or file is no good.
    """
    try:
        import ccxt
    except ModuleNotFoundError:
        raise StudyError("fetch needs ccxt: pip install ccxt") from None
    if exchange not in ccxt.exchanges:
        raise StudyError(f"exchange={exchange!r} is unknown: {suggestion(exchange, ccxt.exchanges)}")
    start = pd.to_datetime(since, utc=True, errors="coerce")
    if pd.isna(start):
        raise StudyError(f"since={since!r} is not a date; give one as 2024-01-31")
    path = Path(output)
    if path.suffix not in (".csv", ".parquet"):
        raise StudyError(f"output={output!r} must end in .csv or .parquet")
    if not path.parent.is_dir():
        raise StudyError(f"output={output!r}: folder {str(path.parent)!r} does not exist")
    require_free([path], reads=[], overwrite=overwrite)
    try:
        market = getattr(ccxt, exchange)({"enableRateLimit": True})
        if timeframe not in (market.timeframes or {}):
            raise StudyError(
                f"timeframe={timeframe!r} is unknown: {suggestion(timeframe, market.timeframes or {})}"
            )
        frame = download(market, symbol, timeframe, int(start.timestamp() * 1000))
    except ccxt.BaseError as error:
        raise StudyError(
            f"{exchange}: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        ) from None
    if frame.empty:
        raise StudyError(f"{exchange} has no {timeframe} candles of {symbol} since {since}")

    def write(part: Path) -> dict[str, str | int]:
        if path.suffix == ".csv":
            frame.to_csv(part, index=False)
        else:
            frame.to_parquet(part, index=False)
        asked = {"exchange": exchange, "symbol": symbol, "timeframe": timeframe, "since": since}
        return {**asked, "rows": len(frame)}

    try:
        write_noted(path, write)
    except OSError as error:
        raise StudyError(f"output={output!r} can't be written: {os.strerror(error.errno or 0)}") from None
    print(f"{len(frame)} candles, {frame['date'].iloc[0]} to {frame['date'].iloc[-1]}: {path}")
    length = pd.Timedelta(seconds=market.parse_timeframe(timeframe))
    now = pd.Timestamp(market.milliseconds(), unit="ms", tz="UTC")
    for line in what_is_missing(frame, start, now, length):
        print(f"  {line}")
    print(f"  next: mlflow run . -e study -P data={path}")


def download(market, symbol: str, timeframe: str, since: int) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    """Page through `market.fetch_ohlcv` from `since` (epoch milliseconds) until now; the candle still open is left out.

    An empty page is an outage, or lies before the listing: the download goes on behind it.
    """
    rows: dict[int, list[float]] = {}
    length = market.parse_timeframe(timeframe) * 1000
    now = market.milliseconds()
    most = 0
    while since <= now:
        page = [
            row for row in market.fetch_ohlcv(symbol, timeframe, since=since, limit=PAGE) if row[0] >= since
        ]
        most = max(most, len(page))
        if page:
            rows |= {int(row[0]): row for row in page}
            since = max(int(row[0]) for row in page) + length
        else:
            # No further than a page of this exchange reaches: candles may begin right behind it.
            since += (most or _SMALL_PAGE) * length
        moment = pd.Timestamp(min(since, now), unit="ms")
        print(f"\r{len(rows)} candles, up to {moment:%Y-%m-%d %H:%M}", end="", flush=True)
    print()
    closed = [rows[moment] for moment in sorted(rows) if moment + length <= now]
    frame = pd.DataFrame(closed, columns=["date", "open", "high", "low", "close", "volume"])
    frame["date"] = pd.to_datetime(frame["date"], unit="ms", utc=True)
    return frame


def what_is_missing(
    frame: pd.DataFrame, start: pd.Timestamp, now: pd.Timestamp, length: pd.Timedelta
) -> list[str]:
    """In words, what was asked for and not given: candles before the first, after the last, and in between."""
    first, last = frame["date"].iloc[0], frame["date"].iloc[-1]
    said = []
    if first - start >= length:
        said.append(
            f"the exchange gave nothing before {first:%Y-%m-%d %H:%M}, {start:%Y-%m-%d %H:%M} was asked for"
        )
    if now - last >= 2 * length + length:
        said.append(f"the exchange gave nothing after {last:%Y-%m-%d %H:%M}")
    steps = frame["date"].diff().dropna()
    gaps = steps[steps > length]
    if len(gaps):
        missing = int(np.round(gaps.to_numpy() / length.to_timedelta64()).sum()) - len(gaps)
        after = frame["date"].iloc[int((frame["date"].diff() == gaps.max()).to_numpy().argmax()) - 1]
        said.append(
            f"{missing:,} candles are missing in {len(gaps):,} gaps, the longest {in_words(gaps.max())} after "
            f"{after:%Y-%m-%d %H:%M}"
        )
    return said
