"""Several symbols in one study: labels, splits, thinning and what goes to the registered model."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.configuration import LABELS, StudyConfiguration
from study.data.chronological import chronological_splits
from study.data.prepare import prepare
from study.data.splits import SPLIT_NAMES, thinned
from study.data.summary import how_windows_are_used
from study.errors import StudyError
from study.labels import window_labels
from study.labels.label_kinds import classify, fit_thresholds, outcomes, parse_label, settled
from study.labels.window_labels import label_windows
from tests.timesnet.candle_factory import candle_frame
from timesnet import clean_candles, complete_windows, look_back

SEQ_LEN, HORIZON = 8, 2
SIZES = {"AAA": 900, "BBB": 700, "CCC": 400}


def symbol_frame(symbol):
    """Candles of one symbol; the second one moves four times as much as the first."""
    place = list(SIZES).index(symbol)
    frame = candle_frame(SIZES[symbol], symbol=symbol, seed=place)
    prices = ["open", "high", "low", "close"]
    return frame.assign(**{name: frame[name] ** (1 + 3 * (place == 1)) for name in prices})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("symbols")
    for symbol in SIZES:
        symbol_frame(symbol).to_parquet(path / f"{symbol}.parquet", index=False)
    return path


def prepared(folder, **words):
    given = {"data": str(folder), "seq_len": SEQ_LEN, "horizon": HORIZON, **words}
    return prepare(StudyConfiguration(**given))


def test_windows_are_cut_by_date_and_belong_to_one_symbol(folder):
    data = prepared(folder)
    frame = data.candles.frame
    assert (np.diff(data.dates.asi8) >= 0).all()
    for row in range(0, len(data.windows), 37):
        end = data.windows.ends[row]
        assert frame["symbol"].iloc[end - SEQ_LEN - 1 : end + HORIZON + 1].nunique() == 1
        assert list(SIZES)[data.symbols[row]] == frame["symbol"].iloc[end]
    for name, later in pairwise(SPLIT_NAMES):
        last = data.splits.boundaries[name]["last_candle"]
        assert last < data.splits.boundaries[later]["first_candle"]


@pytest.mark.parametrize("kind", LABELS)
def test_pieces_do_not_change_a_label(folder, kind, monkeypatch):
    data = prepared(folder)
    spec = parse_label(kind=kind, horizon=HORIZON)
    ends, fit = data.windows.ends, data.splits.fit
    found = outcomes(data.candles, ends, spec)
    expected = classify(found, fit_thresholds(found[fit], spec), spec)
    monkeypatch.setattr(window_labels, "_CHUNK", 13)
    labelled = label_windows(data.candles, ends, fit, spec)
    assert np.array_equal(labelled.labels, expected) and labelled.by_symbol == {}


@pytest.mark.parametrize("kind", ["volatility", "return_quantile", "triple_barrier"])
def test_a_symbols_own_thresholds_are_those_it_would_have_alone(folder, kind):
    data = prepared(folder, label=kind, threshold_by="symbol")
    together = prepared(folder, label=kind)
    assert not np.array_equal(data.labels, together.labels)
    spec = data.label
    for number, symbol in enumerate(SIZES):
        rows = np.flatnonzero(data.symbols == number)
        found = outcomes(data.candles, data.windows.ends[rows], spec)
        thresholds = fit_thresholds(found[np.isin(rows, data.splits.fit)], spec)
        assert data.thresholds_by_symbol[symbol] == thresholds
        assert np.array_equal(data.labels[rows], classify(found, thresholds, spec))
        if kind == "volatility":
            assert data.labels[rows[np.isin(rows, data.splits.fit)]].mean() == pytest.approx(0.5, abs=0.01)
    assert "of each symbol" in data.source.label_text
    assert any("own thresholds (3 symbols)" in line for line in how_windows_are_used(data))


def test_a_symbol_that_is_new_after_fit_takes_the_thresholds_of_all(tmp_path):
    old = candle_frame(900, symbol="OLD")
    new = candle_frame(300, symbol="NEW", seed=5, start=str(old["date"].iloc[600])[:19])
    pd.concat([old, new]).to_parquet(tmp_path / "both.parquet", index=False)
    data = prepared(tmp_path / "both.parquet", threshold_by="symbol")
    assert set(data.thresholds_by_symbol) == {"OLD"}
    rows = np.flatnonzero(data.symbols == 0)
    found = outcomes(data.candles, data.windows.ends[rows], data.label)
    assert np.array_equal(data.labels[rows], classify(found, data.thresholds, data.label))
    (line,) = [line for line in how_windows_are_used(data) if "own thresholds" in line]
    assert "1 with fewer than 30 fit windows" in line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"data": "btc-15min"}, "names no symbols"),
        ({"threshold": "1%"}, "threshold='1%'"),
        ({"label": "direction"}, "label='direction'"),
        ({"threshold_by": "coin"}, "'coin' is unknown"),
        ({"windows_per_epoch": -1}, "windows_per_epoch=-1"),
        ({"max_probe_windows": 10}, "max_probe_windows=10"),
    ],
)
def test_what_makes_no_sense_is_one_line(folder, words, message):
    with pytest.raises(StudyError, match=message) as raised:
        prepared(folder, **{"threshold_by": "symbol", **words})
    assert "\n" not in str(raised.value)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(60, 200), st.integers(200, 900))
def test_thinning_keeps_dates_even_within_every_symbol(symbols, moments, at_most):
    dates = pd.date_range("2021-01-01", periods=moments, freq="15min", tz="UTC").repeat(symbols)
    groups = np.tile(np.arange(symbols), moments)
    splits = chronological_splits(dates, interval=pd.Timedelta("15min"), seq_len=4, horizon=1, min_windows=1)
    few = thinned(splits, at_most, groups)
    total = sum(len(getattr(splits, name)) for name in ("fit", "tune", "select"))
    assert few is splits if total <= at_most else True
    assert sum(len(getattr(few, name)) for name in ("fit", "tune", "select")) <= max(total, at_most)
    for name in SPLIT_NAMES:
        whole, kept = getattr(splits, name), getattr(few, name)
        assert np.isin(kept, whole).all() and (np.diff(kept) > 0).all()
        counts = np.bincount(groups[kept], minlength=symbols)
        assert counts.max() - counts.min() <= 1
        for group in range(symbols):
            places = np.flatnonzero(np.isin(whole[groups[whole] == group], kept))
            if len(places) > 2:
                assert np.diff(places).max() - np.diff(places).min() <= 1
    assert few.boundaries == splits.boundaries


def test_blocks_reach_over_all_symbols_and_shrink_with_thinning(folder, tmp_path):
    alone = prepared("btc-15min")
    assert alone.overlap("select") == SEQ_LEN + HORIZON and alone.probed is alone.splits
    data = prepared(folder)
    assert data.overlap("fit") == 3 * (SEQ_LEN + HORIZON)
    thin = prepared(folder, max_probe_windows=300)
    share = len(thin.probed.fit) / len(thin.splits.fit)
    assert thin.overlap("fit") == pytest.approx(share * data.overlap("fit"), abs=3)
    for name in SPLIT_NAMES:
        rows = getattr(thin.probed, name)
        dates = thin.dates[rows]
        span = (SEQ_LEN + HORIZON) * thin.candles.interval
        most = max(int(((dates >= date) & (dates < date + span)).sum()) for date in dates)
        assert thin.overlap(name) == max(2, most)


def test_the_model_is_given_the_asked_windows_candles_and_no_more(folder):
    data = prepared(folder)
    rows = data.splits.test[:5]
    given_frame = data.source.model_input(rows)
    assert len(given_frame) <= len(rows) * (SEQ_LEN + look_back())
    candles, _ = clean_candles(given_frame, interval=data.candles.interval)
    ends = complete_windows(candles, SEQ_LEN, look_back())
    found = set(map(tuple, candles.frame.iloc[ends][["date", "symbol"]].to_numpy()))
    wanted = set(map(tuple, data.candles.frame.iloc[data.windows.ends[rows]][["date", "symbol"]].to_numpy()))
    assert wanted <= found


def test_settled_is_what_has_an_outcome(folder):
    data = prepared(folder)
    ends = complete_windows(data.candles, SEQ_LEN, look_back())
    for kind in LABELS:
        found = outcomes(data.candles, ends, parse_label(kind=kind, horizon=HORIZON))
        known = ~np.isnan(found).reshape(len(ends), -1).any(axis=1)
        assert np.array_equal(settled(data.candles, ends, HORIZON), known)


def test_the_use_of_windows_is_said(folder):
    assert how_windows_are_used(prepared("btc-15min")) == []
    (line,) = how_windows_are_used(prepared("btc-15min", windows_per_epoch=100))
    assert line.startswith("training draws 100 of ")
    drawn, probed = how_windows_are_used(prepared(folder, max_probe_windows=300, windows_per_epoch=50))
    assert "draws 50 of" in drawn and "as many of each of 3 symbols" in drawn
    assert "even subsample over time: fit " in probed
