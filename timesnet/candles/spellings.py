"""How programs that write candles call their columns."""

from typing import NamedTuple


class Spelling(NamedTuple):
    """A name of a column, as it is written, what it stands for, and whose it is."""

    role: str
    name: str
    used_by: str


# In order of preference within a role. The open time stands before every other time, because a candle is dated by its
# opening; names of closing times come last of all, under "end".
SPELLINGS = tuple(
    Spelling(role, name, used_by)
    for role, used_by, names in (
        ("date", "Binance", ("open_time", "Open time")),
        ("date", "CoinMarketCap", ("timeOpen", "time_open")),
        ("date", "Binance futures", ("open_timestamp",)),
        ("date", "CoinAPI", ("time_period_start",)),
        ("date", "Upbit", ("candle_date_time_utc",)),
        ("date", "Yahoo, backtrader", ("Datetime", "date_time", "datetime_utc", "date_utc")),
        ("date", "Databento", ("ts_event",)),
        ("date", "Dukascopy", ("Gmt time", "Time (UTC)", "timestamp_utc", "time_utc")),
        ("date", "Bitstamp, Kaggle", ("Timestamp", "ts")),
        ("date", "FXCM", ("BidDateTime", "DateTime (UTC)")),
        ("date", "everyone", ("date", "time")),
        ("date", "CBOE", ("Quote Date", "quote_datetime")),
        ("date", "Quandl, DataShop", ("Trade Date", "trading_date", "trade_time")),
        ("date", "tushare", ("trade_date", "tradedate")),
        ("date", "CryptoDataDownload", ("unix", "unix_time", "unix_timestamp")),
        ("date", "Bitfinex", ("MTS",)),
        ("date", "ForexTester", ("DTYYYYMMDD", "YYYYMMDD")),
        ("date", "Kraken", ("epoch", "epoch_time")),
        ("date", "Bybit", ("startTime", "start_at", "time_start", "start", "begin", "begins_at")),
        ("date", "polygon, Alpaca", ("t",)),
        ("date", "Dukascopy, local", ("Local time", "EST time")),
        ("date", "Interactive Brokers", ("DateTime", "bar_time", "bardate")),
        ("date", "Upbit, local", ("candle_date_time_kst",)),
        ("date", "baostock, JoinQuant", ("day", "dt", "dates")),
        ("date", "Excel in German, French, Spanish, Russian", ("Datum", "Zeit", "Fecha", "Дата", "Data")),
        ("date", "akshare, East Money", ("日期", "时间", "交易日期", "交易时间", "日付", "날짜")),
        ("date", "pandas", ("index", "Unnamed: 0", "")),
        ("end", "Binance", ("close_time", "closeTime", "close_timestamp")),
        ("end", "CoinAPI", ("time_period_end", "time_close", "timeClose")),
        ("end", "Bybit", ("end_time", "end", "end_at", "to", "until")),
        ("open", "everyone", ("open", "o", "open_price", "price_open", "opening_price", "opening")),
        ("open", "CryptoCompare, brokers", ("first", "1. open", "openBid", "BidOpen", "Open Bid", "mid.o")),
        ("open", "alpha_vantage", ("1a. open (USD)", "1b. open (USD)", "open (USD)")),
        (
            "open",
            "Excel in German, French, Spanish, Russian",
            ("Eröffnung", "Ouverture", "Apertura", "Ouv.", "Откр."),
        ),
        ("open", "akshare, East Money", ("开盘", "开盘价", "今开", "始値", "시가")),
        ("high", "everyone", ("high", "h", "high_price", "price_high", "max", "highest")),
        ("high", "alpha_vantage, brokers", ("2. high", "2a. high (USD)", "BidHigh", "High Bid", "mid.h")),
        (
            "high",
            "Excel in German, French, Spanish, Russian",
            ("Hoch", "Tageshoch", "Plus haut", "Máximo", "Макс."),
        ),
        ("high", "akshare, East Money", ("最高", "最高价", "高値", "고가")),
        ("low", "everyone", ("low", "l", "low_price", "price_low", "min", "lowest")),
        ("low", "alpha_vantage, brokers", ("3. low", "3a. low (USD)", "BidLow", "Low Bid", "mid.l")),
        (
            "low",
            "Excel in German, French, Spanish, Russian",
            ("Tief", "Tagestief", "Plus bas", "Mínimo", "Мин."),
        ),
        ("low", "akshare, East Money", ("最低", "最低价", "安値", "저가")),
        ("close", "everyone", ("close", "c", "close_price", "price_close", "closing_price", "closing")),
        ("close", "Nasdaq", ("Close/Last",)),
        (
            "close",
            "alpha_vantage, brokers",
            ("4. close", "4a. close (USD)", "BidClose", "Close Bid", "mid.c"),
        ),
        ("close", "Upbit, investing.com", ("trade_price", "last", "Price", "last_price")),
        (
            "close",
            "Excel in German, French, Spanish, Russian",
            ("Schluss", "Schlusskurs", "Clôture", "Cierre", "Цена"),
        ),
        ("close", "akshare, East Money", ("收盘", "收盘价", "終値", "종가")),
        ("volume", "everyone", ("volume", "vol", "v", "base_volume", "volume_base", "Vol.")),
        ("volume", "CryptoCompare", ("volumefrom", "volume_from")),
        ("volume", "CoinAPI, Kaggle", ("volume_traded", "Volume_(BTC)", "Volume BTC")),
        ("volume", "alpha_vantage", ("5. volume", "6. volume")),
        ("volume", "Upbit", ("candle_acc_trade_volume", "acc_volume")),
        ("volume", "MetaTrader 5", ("real_volume", "tick_volume", "TICKVOL", "tickqty", "BidVolume")),
        (
            "volume",
            "Excel in German, French, Spanish, Russian",
            ("Volumen", "Stück", "Umsatz", "Объём", "Объем"),
        ),
        ("volume", "akshare, East Money", ("成交量", "出来高", "거래량")),
        ("symbol", "everyone", ("symbol", "ticker", "pair", "instrument", "asset", "coin", "sym", "tic")),
        ("symbol", "exchanges", ("Trading Pair", "product_id", "market", "inst_id", "instId", "contract")),
        ("symbol", "tushare, baostock", ("ts_code", "code", "stock_code", "secid", "isin")),
        ("symbol", "CBOE, Databento", ("underlying_symbol", "raw_symbol", "security")),
        ("symbol", "akshare, East Money", ("代码", "股票代码", "证券代码", "品种代码", "名称")),
    )
    for name in names
)
# Names that begin or end so may be times, too; what their cells hold decides.
TIME_WORDS = (
    "date",
    "time",
    "stamp",
    "datum",
    "zeit",
    "uhr",
    "hora",
    "heure",
    "hour",
    "hhmm",
    "clock",
    "日期",
    "时间",
)
