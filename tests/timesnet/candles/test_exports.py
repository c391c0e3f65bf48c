"""Files in the outward form of real exports hold the same candles."""

import gzip
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from tests.timesnet.candle_factory import NUMBERS, candle_frame
from timesnet.candles.clean import read_candles
from timesnet.candles.columns import find_columns
from timesnet.candles.spellings import SPELLINGS
from timesnet.errors import DataError

N = 120
FRAME = candle_frame(N, start="2024-03-10", freq="1h", zero_volumes=0.0).assign(
    volume=lambda frame: frame["volume"] + 1
)
DATES = FRAME["date"]
MS = DATES.dt.as_unit("ms").astype("int64")


def lines(columns, header=None, separator=","):
    """Columns as text, one line a row."""
    rows = zip(*[list(map(str, column)) for column in columns], strict=True)
    text = "".join(separator.join(row) + "\n" for row in rows)
    return text if header is None else f"{header}\n{text}"


def prices(names=NUMBERS, frame=FRAME):
    return [frame[name] for name in names]


def split(day, clock):
    return [DATES.dt.strftime(day), DATES.dt.strftime(clock)]


def binance(unit):
    factor = {"ms": 1, "us": 1000}[unit]
    end = (MS + 3_600_000) * factor - 1
    rest = [FRAME["volume"] * FRAME["close"], [17] * N, FRAME["volume"] / 2, FRAME["volume"] * 9, [0] * N]
    return [MS * factor, *prices(), end, *rest]


HEAD = "open,high,low,close,volume"
FILES = {
    "stooq": lines([["BTC.V"] * N, [60] * N, *split("%Y%m%d", "%H%M%S"), *prices(), [0] * N],
        "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>"),
    "finam": lines([*split("%Y%m%d", "%H%M%S"), *prices()],
        "<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>", ";"),
    "hhmm": lines([*split("%m/%d/%Y", "%H%M"), *prices()], f"Date,Time,{HEAD}"),
    "am pm": lines([*split("%Y-%m-%d", "%I:%M %p"), *prices()], f"Date,Time,{HEAD}"),
    "midnight date": lines([*split("%Y-%m-%d 00:00:00", "%H:%M:%S"), *prices()], f"Date,Time,{HEAD}"),
    "date, timestamp": lines([*split("%Y-%m-%d", "%H:%M:%S"), *prices()], f"Date,Timestamp,{HEAD}"),
    "time before date": lines([*split("%Y-%m-%d", "%H:%M")[::-1], *prices()], f"Time,Date,{HEAD}"),
    "trade date": lines([*split("%Y-%m-%d", "%H:%M:%S"), *prices()], f"Trade Date,Time,{HEAD}"),
    "times without zeros": lines([DATES.dt.strftime("%Y%m%d"), DATES.dt.hour * 100, *prices()], f"Date,Time,{HEAD}"),
    "names that say nothing": lines([*split("%Y-%m-%d", "%H:%M"), *prices()], f"session,bar,{HEAD}"),
    "forextester": lines([["EURUSD"] * N, *split("%Y%m%d", "%H%M%S"), *prices()],
        "<TICKER>,<DTYYYYMMDD>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"),
    "upbit": lines([["KRW-BTC"] * N, DATES.dt.strftime("%Y-%m-%dT%H:%M:%S"),
        (DATES + pd.Timedelta("9h")).dt.strftime("%Y-%m-%dT%H:%M:%S"), *prices(NUMBERS[:4]),
        MS + np.random.default_rng(0).integers(1, 3_600_000, N), FRAME["volume"]],
        "market,candle_date_time_utc,candle_date_time_kst,open,high,low,close,timestamp,volume"),
    "binance spot": lines(binance("us")),
    "binance before 2025": lines(binance("ms")),
    "binance as once advised": lines(binance("us"), f"date,{HEAD}"),
    "kraken": lines([MS // 1000, *prices(), [7] * N]),
    "kraken as once advised": lines([MS // 1000, *prices(), [7] * N], f"date,{HEAD}"),
    "histdata": lines([DATES.dt.strftime("%Y%m%d %H%M%S"), *prices()], None, ";"),
    "histdata as once advised": lines([DATES.dt.strftime("%Y%m%d %H%M%S"), *prices()], None, ";").join(
        [f"date,{HEAD}\n", ""]),
    "metatrader 4": lines([*split("%Y.%m.%d", "%H:%M"), *prices()]),
    "metatrader 5": lines([*split("%Y.%m.%d", "%H:%M:%S"), *prices(), [0] * N, [8] * N],
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>", "\t"),
    "gate.io": lines([MS // 1000, *prices(["volume", "close", "high", "low", "open"])]),
    "bitfinex": lines([MS, *prices(["open", "close", "high", "low", "volume"])]),
    "bitfinex, newest first": lines([MS[::-1], *prices(["open", "close", "high", "low", "volume"], FRAME[::-1])]),
    "yahoo": lines([DATES.dt.strftime("%Y-%m-%d %H:%M:%S+00:00"), *prices(["close", "high", "low", "open", "volume"])],
        "Price,Close,High,Low,Open,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD\nDatetime,,,,,"),
    "cryptodatadownload": "https://www.CryptoDataDownload.com\n" + lines(
        [MS, DATES.dt.strftime("%Y-%m-%d %H:%M:%S"), ["BTC/USDT"] * N, *prices(), FRAME["volume"] * 9],
        "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT"),
    "excel's separator line": "sep=;\n" + lines([DATES.dt.strftime("%d.%m.%Y %H:%M"), *prices()],
        f"date;{HEAD.replace(',', ';')}", ";"),
    "dukascopy": lines([DATES.dt.tz_convert("Europe/Zurich").dt.strftime("%d.%m.%Y %H:%M:%S.000 GMT%z"), *prices()],
        "Local time,Open,High,Low,Close,Volume"),
    "interactive brokers": lines(
        [DATES.dt.tz_convert("America/New_York").dt.strftime("%Y%m%d %H:%M:%S US/Eastern"), *prices()], f"date,{HEAD}"),
    "akshare": lines([DATES.dt.strftime("%Y-%m-%d %H:%M:%S"), *prices()], "时间,开盘,最高,最低,收盘,成交量"),
    "databento": lines([DATES.dt.strftime("%Y-%m-%dT%H:%M:%S.000000000Z"), [35] * N, *prices(), ["ESH4"] * N],
        f"ts_event,rtype,{HEAD},symbol"),
    "polygon": lines([*prices(["volume", "close", "open", "close", "high", "low"]), MS, [3] * N], "v,vw,o,c,h,l,t,n"),
    "nasdaq": lines([DATES.dt.strftime("%Y-%m-%d %H:%M"), *["$" + FRAME[name].astype("str") for name in NUMBERS[:4]],
        FRAME["volume"]], "Date,Open,High,Low,Close/Last,Volume"),
    "last column empty": lines([MS, *prices(), [""] * N], f"date,{HEAD}"),
}  # fmt: skip


def read(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_candles(path)


def require_same(candles, frame=FRAME):
    assert candles.frame["date"].tolist() == frame["date"].tolist()
    np.testing.assert_array_equal(candles.frame[NUMBERS], frame[NUMBERS])


@pytest.mark.parametrize("name", FILES)
def test_the_form_of_an_export(tmp_path, name):
    for text in (FILES[name], FILES[name].replace("\n", "\r\n")):
        candles, quality = read(tmp_path / "candles.csv", text)
        require_same(candles)
        assert quality.duplicates_dropped == quality.off_grid_dropped == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("binance spot", "Binance"),
        ("kraken", "Kraken"),
        ("histdata", "histdata"),
        ("metatrader 4", "MetaTrader"),
        ("gate.io", "gate.io"),
        ("bitfinex", "Bitfinex"),
        ("yahoo", "Yahoo"),
    ],
)
def test_what_was_recognised_is_said_by_name(tmp_path, name, words):
    _, quality = read(tmp_path / "candles.csv", FILES[name])
    assert words in quality.recognised_as and words in quality.summary()


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.name or "no name")
def test_a_spelling_stands_for_its_part(spelling):
    if spelling.role == "end":
        return
    header = {"date": "date", **{name: name for name in NUMBERS}, "symbol": "symbol"}
    header[spelling.role] = spelling.name
    table = pd.DataFrame(columns=list(header.values()))
    assert find_columns(table, source="file").roles[spelling.role] == spelling.name


def test_numbers_of_a_german_spreadsheet(tmp_path):
    def german(number, digits):
        return f"{number:,.{digits}f}".replace(",", "\0").replace(".", ",").replace("\0", ".")

    cells = [
        FRAME[name].map(lambda number, name=name: german(number, 2 * (name != "volume"))) for name in NUMBERS
    ]
    dates = DATES.dt.strftime("%d.%m.%Y %H:%M")
    candles, quality = read(tmp_path / "x.csv", lines([dates, *cells], f"date;{HEAD.replace(',', ';')}", ";"))
    require_same(candles)
    assert "decimal comma" in quality.numbers_read_as
    english = [
        FRAME[name].map("{:,.2f}".format if name != "volume" else "{:,.0f}".format) for name in NUMBERS
    ]
    require_same(read(tmp_path / "y.csv", lines([dates, *english], f"date;{HEAD.replace(',', ';')}", ";"))[0])


def test_whole_numbers_with_one_sign_are_refused_with_both_readings(tmp_path):
    whole = FRAME.assign(**{name: FRAME[name].round(-1) for name in NUMBERS[:4]})
    cells = [whole[name].map("{:,.0f}".format).str.replace(",", ".") for name in NUMBERS]
    with pytest.raises(DataError, match=r"is 40000 as well as 40\.000, and no cell tells which"):
        read(tmp_path / "x.csv", lines([MS, *cells], f"date;{HEAD.replace(',', ';')}", ";"))


def test_several_tickers_of_yahoo_become_symbols(tmp_path):
    other = FRAME.assign(**{name: FRAME[name] * 2 for name in NUMBERS})
    fields = ["close", "high", "low", "open", "volume"]
    columns = [column for name in fields for column in (FRAME[name], other[name])]
    head = ",".join(["Price", *(name.title() for name in fields for _ in range(2))])
    text = lines(
        [DATES.dt.strftime("%Y-%m-%d %H:%M:%S"), *columns], f"{head}\nTicker{',A,B' * 5}\nDatetime{',' * 10}"
    )
    candles, quality = read(tmp_path / "candles.csv", text)
    assert quality.symbols == ("A", "B")
    for symbol, frame in (("A", FRAME), ("B", other)):
        its = candles.frame[candles.frame["symbol"] == symbol]
        np.testing.assert_array_equal(its[NUMBERS], frame[NUMBERS])


def zipped(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return stream.getvalue()


CSV = lines([MS, *prices()], f"date,{HEAD}")
ROWS = [[int(moment), *map(float, row)] for moment, row in zip(MS, FRAME[NUMBERS].to_numpy(), strict=True)]
RECORDS = [dict(zip(["t", "o", "h", "l", "c", "v"], row, strict=True)) for row in ROWS]


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(CSV.encode()),
        zipped(a_csv=CSV, readme_txt="a note"),
        CSV.encode("utf-16"),
        json.dumps(ROWS).encode(),
        json.dumps(RECORDS).encode(),
        "\n".join(map(json.dumps, RECORDS)).encode(),
        json.dumps({"status": "OK", "results": RECORDS}).encode(),
        json.dumps({"error": [], "result": {"XXBTZUSD": ROWS, "last": 1}}).encode(),
        pd.DataFrame(RECORDS).to_json(orient="columns").encode(),
        pd.DataFrame(RECORDS).to_json(orient="split").encode(),
        pd.DataFrame(RECORDS).rename(columns={"t": "date"}).to_json(orient="index").encode(),
        pd.DataFrame(RECORDS).assign(index=1).to_json(orient="split").encode(),
        pd.DataFrame(RECORDS).assign(index=1).to_json(orient="columns").encode(),
    ],
)
def test_what_is_packed_or_json_opens_whatever_it_is_called(tmp_path, content):
    for name in ("candles", "candles.csv"):
        require_same(read(tmp_path / name, content)[0])


def test_feather_and_folders_of_files(tmp_path):
    FRAME.to_feather(tmp_path / "candles.feather")
    require_same(read_candles(tmp_path / "candles.feather")[0])
    months = tmp_path / "months"
    months.mkdir()
    (months / "2024-03.csv").write_text(lines([column[:50] for column in binance("ms")]))
    (months / "2024-04.csv").write_text(lines([column[50:] for column in binance("us")]))
    require_same(read_candles(months)[0])
    (months / "more.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="holds Parquet and CSV files"):
        read_candles(months)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped(a_csv=CSV, b_csv=CSV), "holds 2 tables"),
        (b"PK\x03\x04 broken", "cannot be unpacked"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"\x80\x04\x95", "a Python pickle"),
        (b'{"a": 1}', "no table"),
    ],
)
def test_a_kind_that_is_not_read_is_named(tmp_path, content, words):
    with pytest.raises(DataError, match=words):
        read(tmp_path / "candles", content)


def test_symbols_stay_as_they_are_written(tmp_path):
    parts = [FRAME.assign(symbol=symbol) for symbol in ("000001", "NA", "nan")]
    candles, quality = read(tmp_path / "candles.csv", pd.concat(parts).to_csv(index=False))
    assert quality.symbols == ("000001", "NA", "nan") and len(candles) == 3 * N


def test_minutes_without_a_trade_are_gaps(tmp_path):
    frame = FRAME.astype(dict.fromkeys(NUMBERS, object))
    frame.loc[10:12, NUMBERS] = ""
    candles, quality = read(tmp_path / "candles.csv", frame.to_csv(index=False))
    assert quality.rows_without_prices == 3 == quality.missing_candles and len(candles) == N - 3
    assert "3 rows hold a date and no price" in quality.summary()


def test_a_volume_that_is_zero_throughout_gives_way_and_none_is_said(tmp_path):
    frame = FRAME.rename(columns={"volume": "tickvol"}).assign(vol=0)
    candles, quality = read(tmp_path / "candles.csv", frame.to_csv(index=False))
    require_same(candles)
    assert quality.columns["volume"] == "tickvol" and "vol, zero throughout" in quality.summary()
    candles, quality = read(tmp_path / "none.csv", FRAME.drop(columns="volume").to_csv(index=False))
    assert not candles.has_volume and "volumes: none" in quality.summary()


@pytest.mark.parametrize("step", ["MS", "QS", "YS"])
def test_months_are_refused_in_those_words(tmp_path, step):
    frame = FRAME.assign(date=pd.date_range("1900-01-01", periods=N, freq=step, tz="UTC"))
    words = {"MS": "months", "QS": "quarters", "YS": "years"}[step]
    with pytest.raises(DataError, match=f"{words} are not supported"):
        read(tmp_path / "candles.csv", frame.to_csv(index=False))


def test_many_rows_of_one_date_are_refused_with_the_column_that_tells_them_apart(tmp_path):
    parts = [FRAME.assign(venue=venue, close=FRAME["close"] + add) for venue, add in (("x", 0), ("y", 0.01))]
    with pytest.raises(
        DataError, match=r"120 of 240 rows repeat a date .*column 'venue' probably tells them apart"
    ):
        read(tmp_path / "candles.csv", pd.concat(parts).to_csv(index=False))


def test_many_rows_off_the_grid_are_refused(tmp_path):
    shift = pd.to_timedelta(np.where(np.arange(N) % 9 == 4, 61, 0), unit="s")
    with pytest.raises(DataError, match="stand off the grid of 1 hour"):
        read(tmp_path / "candles.csv", FRAME.assign(date=DATES + shift).to_csv(index=False))


def test_a_time_of_day_alone_is_no_date(tmp_path):
    text = lines([DATES.dt.strftime("%H:%M:%S"), *prices()], f"time,{HEAD}")
    with pytest.raises(DataError, match="holds no dates"):
        read(tmp_path / "candles.csv", text)


def test_a_year_of_another_calendar_is_named(tmp_path):
    text = lines(
        [DATES.dt.strftime("2567%m%d"), DATES.dt.strftime("%H:%M"), *prices()], f"Date,Timestamp,{HEAD}"
    )
    with pytest.raises(DataError, match="2567 is of the Buddhist calendar: write 2024"):
        read(tmp_path / "candles.csv", text)


def test_naive_dates_are_read_in_the_time_zone_that_is_named(tmp_path):
    path = tmp_path / "candles.csv"
    local = DATES.dt.tz_convert("Asia/Tokyo").dt.tz_localize(None)
    FRAME.assign(date=local).to_csv(path, index=False)
    candles, quality = read_candles(path, timezone="Asia/Tokyo")
    require_same(candles)
    assert (
        "taken as Asia/Tokyo" in quality.dates_read_as
        and "taken as UTC" in read_candles(path)[1].dates_read_as
    )
    with pytest.raises(DataError, match=r"timezone='Tokyo' is no time zone: did you mean Asia/Tokyo"):
        read_candles(path, timezone="Tokyo")


def test_hours_that_clocks_show_twice_are_told_by_their_order_or_refused(tmp_path):
    frame = FRAME.assign(date=pd.date_range("2021-10-30", periods=N, freq="h", tz="UTC").as_unit("ns"))
    path = tmp_path / "candles.csv"
    local = frame.assign(date=frame["date"].dt.tz_convert("Europe/Berlin").dt.tz_localize(None))
    local.to_csv(path, index=False)
    require_same(read_candles(path, timezone="Europe/Berlin")[0], frame)
    with pytest.raises(DataError, match=r"as local times do when clocks go back: give timezone=Europe/"):
        read_candles(path)
    local.drop(index=[25]).to_csv(path, index=False)
    with pytest.raises(DataError, match="show 2021-10-31 02:00 twice and the order of rows does not tell"):
        read_candles(path, timezone="Europe/Berlin")
