import itertools
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.data.chronological import chronological_splits
from study.data.splits import SPLIT_NAMES
from study.errors import StudyError
from timesnet.candles.clean import read_candles
from timesnet.windows.windows import complete_windows

QUARTER = pd.Timedelta("15min")


def minutes(n, start="2021-01-01"):
    return pd.date_range(start, periods=n, freq="15min", tz="UTC")


def spans(dates, rows, before, horizon, interval=QUARTER):
    """First and last candle of each window with its label, by date; `before` its end lies the first."""
    dates = pd.DatetimeIndex(dates)[rows]
    return dates - before * interval, dates + horizon * interval


def candles_of(dates, rows, before, horizon):
    """Every candle date that a split's windows, look-backs and labels are made of."""
    used = set()
    for date in pd.DatetimeIndex(dates)[rows]:
        used.update(date + step * QUARTER for step in range(-before, horizon + 1))
    return used


def test_boundaries_on_literal_dates():
    # Ends of 4-candle windows, every quarter of an hour from 00:00 on; labels look 2 candles ahead, so the purge is
    # 5 ends. 115 windows less 3 x 5 leave 100, shared 55, 15, 15, 15.
    splits = chronological_splits(minutes(115), interval=QUARTER, seq_len=4, horizon=2, min_windows=1)
    assert [len(getattr(splits, name)) for name in SPLIT_NAMES] == [55, 15, 15, 15]
    assert splits.purge == 5 and splits.purged == 15
    fit, tune = splits.boundaries["fit"], splits.boundaries["tune"]
    assert str(fit["first_end"]) == "2021-01-01 00:00:00+00:00"
    assert str(fit["first_candle"]) == "2020-12-31 23:15:00+00:00"
    assert str(fit["last_end"]) == "2021-01-01 13:30:00+00:00"
    # The last fit label is settled by the candle of 14:00; the first tune window is made of 14:15 to 15:00.
    assert str(fit["last_candle"]) == "2021-01-01 14:00:00+00:00"
    assert str(tune["first_candle"]) == "2021-01-01 14:15:00+00:00"
    assert str(tune["first_end"]) == "2021-01-01 15:00:00+00:00"
    assert str(splits.boundaries["test"]["last_end"]) == "2021-01-02 04:30:00+00:00"
    assert splits.fit[-1] == 54 and splits.tune[0] == 60


def test_a_cut_that_falls_into_a_gap_loses_no_window():
    # 55 ends, then a week without any, then the rest; one of these shares puts the first cut into the gap.
    dates = minutes(55).append(minutes(55, start="2021-01-09"))
    cuts = []
    for fit_share in np.arange(0.5, 0.6, 0.002):
        shares = (fit_share, *[(1 - fit_share) / 3] * 3)
        splits = chronological_splits(
            dates, interval=QUARTER, seq_len=4, horizon=2, shares=shares, min_windows=1
        )
        if splits.fit[-1] == 54:
            cuts.append(splits)
    assert cuts
    for splits in cuts:
        assert splits.tune[0] == 55 and splits.purged == 2 * splits.purge


def test_symbols_are_cut_at_the_same_dates():
    one, two = minutes(115), minutes(60, start="2021-01-01 06:00")
    dates = one.append(two)
    splits = chronological_splits(dates, interval=QUARTER, seq_len=4, horizon=2, min_windows=1)
    for name in SPLIT_NAMES:
        rows = getattr(splits, name)
        inside = (dates >= splits.boundaries[name]["first_end"]) & (
            dates <= splits.boundaries[name]["last_end"]
        )
        assert np.array_equal(rows, np.flatnonzero(inside))
    assert {0, 1} == set(np.unique(np.concatenate([splits.fit, splits.tune]) >= 115))
    total = sum(len(getattr(splits, name)) for name in SPLIT_NAMES)
    assert len(splits.fit) == pytest.approx(0.55 * total, abs=2) and total + splits.purged == len(dates)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 20),
    st.integers(1, 8),
    st.integers(0, 12),
    st.lists(st.tuples(st.integers(40, 200), st.integers(1, 400)), min_size=1, max_size=4),
    st.integers(0, 2**32 - 1),
)
def test_no_candle_serves_two_splits(seq_len, horizon, look_back, runs, seed):
    # Several runs of windows, each after a gap of some candles or overlapping the run before, as symbols do.
    generator = np.random.default_rng(seed)
    ends, position = [], 0
    for length, gap in runs:
        ends.append(np.arange(position, position + length))
        position += int(generator.integers(0, length + gap))
    numbers = generator.permutation(np.concatenate(ends))
    dates = pd.Timestamp("2021-01-01", tz="UTC") + numbers * QUARTER
    try:
        splits = chronological_splits(
            dates,
            interval=QUARTER,
            seq_len=seq_len,
            horizon=horizon,
            look_back=look_back,
            min_windows=3,
        )
    except StudyError as error:
        assert "too few candles" in str(error)
        return
    before_end = seq_len - 1 + look_back
    used = {name: candles_of(dates, getattr(splits, name), before_end, horizon) for name in SPLIT_NAMES}
    for before, after in itertools.pairwise(SPLIT_NAMES):
        assert max(used[before]) < min(used[after])
    for name in SPLIT_NAMES:
        first, last = spans(dates, getattr(splits, name), before_end, horizon)
        assert splits.boundaries[name]["first_candle"] == first.min()
        assert splits.boundaries[name]["last_candle"] == last.max()
        assert len(getattr(splits, name)) >= 3
    # What is left out shares a candle with the split before it.
    kept = np.concatenate([getattr(splits, name) for name in SPLIT_NAMES])
    assert len(np.unique(kept)) == len(kept) == len(dates) - splits.purged
    for row in np.setdiff1d(np.arange(len(dates)), kept):
        settled = [splits.boundaries[name]["last_candle"] for name in SPLIT_NAMES]
        ended = [splits.boundaries[name]["last_end"] for name in SPLIT_NAMES]
        before = max(number for number in range(3) if ended[number] < dates[row])
        assert dates[row] - before_end * QUARTER <= settled[before]


@pytest.mark.parametrize("label_horizon", [1, 4])
def test_bitcoin_shares_are_what_was_asked_for(label_horizon):
    candles, _ = read_candles("btc-15min")
    ends = complete_windows(candles, 48, 2)
    dates = candles.frame["date"].iloc[ends]
    splits = chronological_splits(dates, interval=candles.interval, seq_len=48, horizon=label_horizon)
    counts = np.array([len(getattr(splits, name)) for name in SPLIT_NAMES])
    np.testing.assert_allclose(counts / counts.sum(), [0.55, 0.15, 0.15, 0.15], atol=0.002)
    assert splits.purge == 48 + label_horizon - 1
    report = json.loads(json.dumps(splits.to_dict()))
    assert report["fit"]["windows"] == counts[0] and report["test"]["last_end"].endswith("+00:00")


@pytest.mark.parametrize(("seq_len", "horizon"), [(4, 1), (48, 4), (96, 24)])
def test_the_number_of_candles_that_is_asked_for_is_enough(seq_len, horizon):
    with pytest.raises(StudyError, match="too few candles") as error:
        chronological_splits(minutes(10), interval=QUARTER, seq_len=seq_len, horizon=horizon, n_candles=99)
    assert "10 complete labelled windows in 99 candles" in str(error.value) and "\n" not in str(error.value)
    needed = int(re.search(r"need about ([\d,]+) candles", str(error.value))[1].replace(",", ""))
    windows = needed - (seq_len - 1) - horizon
    chronological_splits(minutes(windows), interval=QUARTER, seq_len=seq_len, horizon=horizon)
    with pytest.raises(StudyError, match="too few candles"):
        chronological_splits(minutes(windows - 10), interval=QUARTER, seq_len=seq_len, horizon=horizon)


def test_no_windows_at_all_are_too_few():
    with pytest.raises(StudyError, match="0 complete labelled windows"):
        chronological_splits(minutes(0), interval=QUARTER, seq_len=48, horizon=4)


@pytest.mark.parametrize("shares", [(0.5, 0.2, 0.2, 0.2), (0.7, 0.3, 0.0, 0.0), (0.5, 0.5)])
def test_shares_that_do_not_add_up_are_refused(shares):
    with pytest.raises(StudyError, match="four numbers above 0 that add up to 1"):
        chronological_splits(minutes(1000), interval=QUARTER, seq_len=4, horizon=2, shares=shares)


def test_dates_may_come_as_series_index_or_array_in_any_order():
    dates = minutes(500)
    expected = chronological_splits(dates, interval=QUARTER, seq_len=4, horizon=2)
    for form in (pd.Series(dates), dates.to_numpy(), dates.as_unit("s")):
        assert np.array_equal(
            chronological_splits(form, interval=QUARTER, seq_len=4, horizon=2).tune, expected.tune
        )
    order = np.random.default_rng(0).permutation(500)
    mixed = chronological_splits(dates[order], interval=QUARTER, seq_len=4, horizon=2)
    assert np.array_equal(np.sort(order[mixed.tune]), expected.tune)
