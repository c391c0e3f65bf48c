"""Windows, features, labels and splits of markets that close, and the registered layer elsewhere."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch

from study.configuration import StudyConfiguration
from study.data.prepare import prepare
from study.data.splits import SPLIT_NAMES
from study.errors import StudyError
from study.labels.label_kinds import outcomes
from tests.study.small_extractor import small_extractor
from tests.timesnet.candle_factory import candle_frame
from tests.timesnet.market_dates import CURRENCIES, DAYS, NEW_YORK, open_times, walk
from timesnet import Extractor, TimesNet, TimesNetConfig, clean_candles
from timesnet.errors import DataError
from timesnet.extractor import load_extractor, save_extractor
from timesnet.extractor.arrays import embed_rows

SEQ_LEN, HORIZON = 8, 3
NUMBERS = ["open", "high", "low", "close", "volume"]
HOLIDAYS = ("2022-01-17", "2022-04-15", "2022-05-30", "2022-07-04")


def prepared(frame, folder, **words):
    path = folder / "candles.csv"
    frame.to_csv(path, index=False)
    return prepare(StudyConfiguration(data=str(path), seq_len=SEQ_LEN, horizon=HORIZON, **words))


def markets():
    coin = candle_frame(420, freq="1D", start="2022-01-03", symbol="COIN", seed=4)
    stock = walk(open_times("UTC", DAYS, freq="1D", closed=HOLIDAYS), symbol="STOCK")
    return {
        "daily stock": walk(open_times("UTC", DAYS, freq="1D", closed=HOLIDAYS, weeks=80)),
        "hourly currency": walk(open_times("America/New_York", CURRENCIES, freq="1h", weeks=8)),
        "15-minute stock": walk(
            open_times("America/New_York", NEW_YORK, freq="15min", closed=HOLIDAYS, weeks=8)
        ),
        "a coin and a stock": pd.concat([coin, stock]),
    }


def rows_before(data):
    return SEQ_LEN - 1 + data.source.look_back


@pytest.mark.parametrize("name", markets())
def test_closures_are_passed_and_no_candle_serves_two_splits(tmp_path, name):
    data = prepared(markets()[name], tmp_path)
    frame, ends = data.candles.frame, data.windows.ends
    assert data.features[-1] == "pause" and data.quality.gaps == 0
    # Every candle but the first and last few of each symbol ends a window: nothing stops at a closure.
    symbols = frame["symbol"].nunique()
    assert len(ends) == len(frame) - symbols * (rows_before(data) + HORIZON)
    for split, later in pairwise(SPLIT_NAMES):
        known = frame["date"].iloc[ends[getattr(data.splits, split)] + HORIZON].max()
        assert known < frame["date"].iloc[ends[getattr(data.splits, later)] - rows_before(data)].min()
        assert data.splits.boundaries[split]["last_candle"] == known
    if symbols == 1:
        assert data.splits.purged == 3 * (rows_before(data) + HORIZON)
    else:
        # Both symbols are cut at the same dates, and no window between two of them is left out.
        for split in SPLIT_NAMES:
            bounds, dates = data.splits.boundaries[split], frame["date"].iloc[ends]
            inside = (dates >= bounds["first_end"]) & (dates <= bounds["last_end"])
            assert np.array_equal(np.flatnonzero(inside), getattr(data.splits, split))
            assert set(data.symbols[inside]) == {0, 1}
    # The label looks at the next candles, whenever they are.
    end = int(ends[len(ends) // 2])
    following = frame.iloc[end + 1 : end + 1 + HORIZON]
    expected = (following["high"].max() - following["low"].min()) / frame["close"].iloc[end]
    assert outcomes(data.candles, np.array([end]), data.label)[0] == pytest.approx(expected)


@pytest.mark.parametrize("name", ["hourly currency", "15-minute stock"])
def test_nothing_crosses_a_true_gap(tmp_path, name):
    frame = markets()[name]
    lost = 10 + len(frame) // 2
    while not (frame["date"].diff().iloc[lost - 3 : lost + 4] == frame["date"].diff().median()).all():
        lost += 1
    data = prepared(frame.drop(index=lost), tmp_path)
    assert data.quality.gaps == 1 and data.quality.missing_candles == 1
    ends, before = data.windows.ends, rows_before(data)
    # Rows from `lost` on stand behind the gap: no window knows both sides.
    assert not ((ends - before < lost) & (ends + HORIZON >= lost)).any()
    assert len(ends) == len(frame) - 1 - 2 * (before + HORIZON)
    # Candles before the gap change nothing of what lies behind it.
    changed = frame.copy()
    changed.loc[lost - 5 : lost - 1, NUMBERS] *= 1.5
    other = prepared(changed.drop(index=lost), tmp_path)
    behind = np.flatnonzero(ends >= lost)
    unscaled = [
        each.windows.batch(behind)[0].numpy() * each.scaler.scale + each.scaler.mean for each in (data, other)
    ]
    np.testing.assert_allclose(*unscaled, rtol=1e-4, atol=1e-5)
    assert np.array_equal(
        outcomes(data.candles, ends[behind], data.label), outcomes(other.candles, ends[behind], data.label)
    )


def test_the_time_since_the_candle_before_is_a_feature(tmp_path):
    data = prepared(markets()["daily stock"], tmp_path)
    pause = (
        data.windows.values[:, data.features.index("pause")] * data.scaler.scale[-1] + data.scaler.mean[-1]
    )
    days = data.candles.frame["date"].diff().dt.days.to_numpy()
    np.testing.assert_allclose(pause[2:], np.log(days[2:]), atol=1e-5)
    assert "pause" not in prepared(candle_frame(700), tmp_path).features


@pytest.mark.parametrize("name", markets())
def test_a_saved_layer_embeds_the_same_candles_elsewhere(tmp_path, name):
    frame = markets()[name]
    data = prepared(frame, tmp_path)
    config = TimesNetConfig(
        task_name="imputation",
        seq_len=SEQ_LEN,
        enc_in=len(data.features),
        c_out=len(data.features),
        d_model=4,
        d_ff=4,
        e_layers=1,
        top_k=1,
        num_kernels=1,
        freq=data.freq,
        period_selection="window",
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        extractor = Extractor(
            TimesNet(config),
            "layer_norm",
            "mean",
            scaler=data.scaler,
            features=data.features,
            seq_len=SEQ_LEN,
            freq=data.freq,
            interval_seconds=data.source.interval_seconds,
            market=data.source.market,
            device="cpu",
        )
    loaded = load_extractor(save_extractor(extractor, tmp_path / "extractor"), device="cpu")
    assert loaded.market == data.source.market
    whole = loaded.embed_candles(frame)
    places = np.arange(0, len(data.windows), 29)
    np.testing.assert_allclose(
        data.source.vectors(whole, places), extractor.embed_windows(data.windows.select(places)), atol=1e-5
    )
    if loaded.market.by_symbol:
        # Whose hours, and whose clock?
        with pytest.raises(
            DataError, match=r"the candles name no symbol, .* have hours of their own: add a column"
        ):
            loaded.embed_candles(frame[frame["symbol"] == "COIN"].drop(columns="symbol"))
        with pytest.raises(DataError, match="hours of their own"):
            embed_rows(
                loaded, pd.DataFrame({name: [frame[name].head(40).to_numpy()] for name in ("date", *NUMBERS)})
            )
    # So few candles tell nothing of the market's hours, and are embedded all the same.
    keys = [key for key in ("date", "symbol") if key in whole]
    symbol = frame["symbol"].to_numpy() if "symbol" in frame else np.zeros(len(frame))
    for end in range(rows_before(data), len(frame), len(frame) // 12):
        few = frame.iloc[end - rows_before(data) : end + 1]
        if len(set(symbol[end - rows_before(data) : end + 1])) > 1:
            continue
        alone = loaded.embed_candles(few)
        assert len(alone) == 1
        expected = alone[keys].merge(whole, on=keys)
        np.testing.assert_allclose(alone.filter(like="emb_"), expected.filter(like="emb_"), atol=1e-5)


def test_too_few_windows_are_told_from_too_few_candles(tmp_path):
    stock = markets()["daily stock"]
    with pytest.raises(StudyError, match=r"too many gaps: .* the longest run has 5"):
        prepared(stock, tmp_path, calendar="24/7")
    with pytest.raises(StudyError, match="too few candles"):
        prepared(stock.iloc[:100], tmp_path)


def test_a_model_of_earlier_code_knows_no_closures(tmp_path):
    folder = save_extractor(small_extractor(), tmp_path)
    described = json.loads((folder / "extractor.json").read_text())
    del described["market"], described["description_sha256"]
    (folder / "extractor.json").write_text(json.dumps(described))
    assert not load_extractor(folder).market.closes
    assert not clean_candles(candle_frame(60))[0].market.closes


@pytest.mark.parametrize("name", ["hourly currency", "15-minute stock"])
def test_what_followed_a_window_is_never_known_before_it_is_over(tmp_path, name):
    """At a gap, and at the end of a symbol's candles, which may go on later, too."""
    frame = markets()[name]
    # The last candles of one symbol are few after a weekend, as are those before the gap of the other.
    mondays = np.flatnonzero((frame["date"].diff() > pd.Timedelta("36h")).to_numpy())
    first = frame.assign(symbol="GAP").drop(index=int(mondays[3]) + 2)
    second = frame.assign(symbol="OVER").iloc[: int(mondays[5]) + 2]
    data = prepared(pd.concat([first, second, frame.assign(symbol="WHOLE")]), tmp_path)
    dates, ends = data.candles.frame["date"], data.windows.ends
    every = np.arange(len(ends))
    apart = pd.DatetimeIndex(data.apart_from(every, newer=True), tz="UTC")
    assert (apart > pd.DatetimeIndex(dates.iloc[ends + HORIZON])).all()
    # No window of the symbol's candles, were there more of them, that ends from then on shares one.
    symbols = data.candles.frame["symbol"].astype(str).to_numpy()[ends]
    whole = pd.DatetimeIndex(frame["date"])
    for symbol in ("OVER", "WHOLE"):
        rows = np.flatnonzero(symbols == symbol)
        starts = whole[np.searchsorted(whole, apart[rows]).clip(max=len(whole) - 1) - SEQ_LEN + 1]
        inside = apart[rows] <= whole[-1]
        assert (starts > pd.DatetimeIndex(dates.iloc[ends[rows] + HORIZON]))[inside].all()
    within = pd.DatetimeIndex(data.apart_from(every), tz="UTC")
    assert (within > pd.DatetimeIndex(dates.iloc[ends + HORIZON])).all()
    most = max(data.overlap(split) for split in SPLIT_NAMES)
    assert 3 * (SEQ_LEN + HORIZON) <= most <= 4 * (SEQ_LEN + HORIZON)


def test_days_that_follow_the_clock_of_a_zone_serve_one_split_alone(tmp_path):
    """Where clocks go back between a window's first candle and its last, the first opened an hour earlier than that."""
    days = pd.date_range("2019-01-01", periods=760, freq="D", tz="America/New_York").tz_convert("UTC")
    frame = candle_frame(760).assign(date=days)
    for skipped in range(0, 60, 3):
        data = prepared(frame[skipped:], tmp_path)
        assert not data.source.market.closes
        dates, ends = data.candles.frame["date"], data.windows.ends
        for split, later in pairwise(SPLIT_NAMES):
            known = dates.iloc[ends[getattr(data.splits, split)] + HORIZON].max()
            assert known < dates.iloc[ends[getattr(data.splits, later)] - rows_before(data)].min()
