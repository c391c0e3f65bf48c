"""Live candles from an exchange, through ccxt."""

import os
from pathlib import Path

import pandas as pd

from study.commands.outputs import require_free, write_noted
from study.display import near_misses
from study.errors import StudyError

PAGE = 1000


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
        raise StudyError(f"exchange={exchange!r} is unknown: {near_misses(exchange, ccxt.exchanges)}")
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
                f"timeframe={timeframe!r} is unknown: {near_misses(timeframe, market.timeframes or {})}"
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
    print(f"  next: mlflow run . -e study -P data={path}")


def download(market, symbol: str, timeframe: str, since: int) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    """Page through `market.fetch_ohlcv` from `since` (epoch milliseconds); the candle still open is left out."""
    rows: list[list[float]] = []
    length = market.parse_timeframe(timeframe) * 1000
    while True:
        page = market.fetch_ohlcv(symbol, timeframe, since=since, limit=PAGE)
        page = [row for row in page if row[0] >= since]
        if not page:
            break
        rows += page
        since = int(page[-1][0]) + length
        print(f"\r{len(rows)} candles, up to {pd.Timestamp(since, unit='ms')}", end="", flush=True)
    print()
    rows = [row for row in rows if row[0] + length <= market.milliseconds()]
    frame = pd.DataFrame(rows, columns=["date", "open", "high", "low", "close", "volume"])
    frame["date"] = pd.to_datetime(frame["date"], unit="ms", utc=True)
    return frame
