"""Past windows most like another: as brute force finds them, never from the future, saved and read back."""

import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from tests.study.small_extractor import small_extractor
from tests.timesnet.candle_factory import candle_frame
from timesnet.errors import CheckpointError, ConfigError, DataError
from timesnet.extractor.files import PAST, load_extractor, save_extractor
from timesnet.extractor.past import MOST_BYTES, MOST_WINDOWS, NONE, PastWindows, how_many
from timesnet.extractor.pyfunc_model import Embedder

HORIZON = 4


def kept_windows(vectors, dates, length, *, classes=3, seed=0):
    """Past windows of random classes, each of which shares candles with those less than `length` after it."""
    drawn = np.random.default_rng(seed)
    mean, scale = vectors.mean(axis=0), vectors.std(axis=0)
    return PastWindows(
        vectors=((vectors - mean) / scale).astype(np.float16),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        dates=dates,
        apart=dates + length,
        classes=drawn.integers(0, classes, len(dates)),
        outcomes=drawn.normal(size=len(dates)).astype(np.float32),
        symbols=drawn.integers(0, 2, len(dates)),
        class_names=tuple(f"class {number}" for number in range(classes)),
        symbol_names=("A", "B"),
        outcome="return",
        metric="auc",
        scores={5: (0.6, 0.5, 0.7)},
        probe=(0.8, 0.7, 0.9),
    )


def by_hand(past, vector, date, k):
    """The rule in its own words, window by window."""
    asked = (vector - past.mean.astype(float)) / past.scale.astype(float)
    gaps = [float(np.linalg.norm(own.astype(float) - asked)) for own in past.vectors]
    chosen = []
    for one in sorted(range(len(gaps)), key=gaps.__getitem__):
        apart = all(
            past.apart[a] <= past.dates[b] or past.apart[b] <= past.dates[a]
            for a, b in ((one, c) for c in chosen)
        )
        if len(chosen) < k and past.apart[one] <= date and apart:
            chosen.append(one)
    return chosen, [gaps[one] for one in chosen]


@pytest.mark.parametrize("seed", range(4))
def test_neighbours_are_those_of_brute_force(seed):
    drawn = np.random.default_rng(seed)
    dates = np.sort(drawn.integers(0, 400, 150))
    past = kept_windows(drawn.normal(size=(150, 6)), dates, 15, seed=seed)
    asked, at = drawn.normal(size=(40, 6)), drawn.integers(0, 500, 40)
    found = past.like(asked, at, 7)
    for row in range(40):
        index, distance = by_hand(past, asked[row], at[row], 7)
        there = found.index[row] != NONE
        assert found.index[row][there].tolist() == index and there[: len(index)].all()
        np.testing.assert_allclose(found.distance[row][there], distance, rtol=1e-6)
        before = past.classes[past.apart <= at[row]]
        assert found.past[row].tolist() == np.bincount(before, minlength=3).tolist()
        shares = past.shares(found, 7)[row]
        assert (
            np.isnan(shares).all()
            if not index
            else np.allclose(shares, np.bincount(past.classes[index], minlength=3) / len(index))
        )
    # More than there are, and the first few of many.
    np.testing.assert_array_equal(past.like(asked, at, 10**9).index[:, :7], found.index)


@pytest.fixture(scope="module")
def known():
    """(an extractor that knows what followed the windows of 300 candles, those and 100 later candles)."""
    candles = candle_frame(400, zero_volumes=0)
    extractor = small_extractor()
    embedded = extractor.embed_candles(candles.head(300))
    vectors = embedded.filter(like="emb_").to_numpy()
    length = (extractor.seq_len + HORIZON) * pd.Timedelta("15min").value
    extractor.past = kept_windows(
        vectors, pd.DatetimeIndex(embedded["date"]).as_unit("ns").asi8, length, classes=2
    )
    return extractor, candles


def embedder(extractor):
    """As MLflow has it once the model is loaded."""
    model = Embedder()
    model.extractor = extractor
    return model


def test_no_neighbour_shares_a_candle_or_lies_in_the_future_and_a_truncated_future_changes_none(known):
    extractor, candles = known
    whole = embedder(extractor).predict(None, candles, {"neighbours": 3})
    assert len(whole) == len(extractor.embed_candles(candles))
    step = pd.Timedelta("15min")
    for date, found in zip(whole["date"], whole["neighbours"], strict=True):
        dates = [pd.Timestamp(one["date"]) for one in found]
        # The last candle of what followed opens before the window's first one.
        assert all(one + HORIZON * step < date - (extractor.seq_len - 1) * step for one in dates)
        length = (extractor.seq_len + HORIZON) * step
        assert all(abs(a - b) >= length for a in dates for b in dates if a is not b)
    assert len(whole["neighbours"].iloc[0]) == 0 and np.isnan(whole["base_class_0"].iloc[0])
    assert len(whole["neighbours"].iloc[-1]) == 3
    part = embedder(extractor).predict(None, candles.head(250), {"neighbours": 3})
    same = whole.iloc[: len(part)].reset_index(drop=True)
    assert part.drop(columns="neighbours").equals(same.drop(columns="neighbours"))
    for one, other in zip(part["neighbours"], same["neighbours"], strict=True):
        assert [row["date"] for row in one] == [row["date"] for row in other]


def test_the_past_is_saved_and_read_back(known, tmp_path):
    extractor, candles = known
    folder = save_extractor(extractor, tmp_path / "saved")
    again = load_extractor(folder, device="cpu")
    for name in ("vectors", "mean", "scale", "dates", "apart", "classes", "outcomes", "symbols"):
        np.testing.assert_array_equal(getattr(again.past, name), getattr(extractor.past, name))
    for name in ("scores", "probe", "class_names", "symbol_names", "outcome", "metric"):
        assert getattr(again.past, name) == getattr(extractor.past, name)
    answers = [
        embedder(one).predict(None, candles, {"neighbours": 2, "stride": 30}) for one in (extractor, again)
    ]
    pd.testing.assert_frame_equal(*answers)
    assert answers[0].columns.tolist() == [
        "date",
        "share_class_0",
        "base_class_0",
        "share_class_1",
        "base_class_1",
        "neighbours",
    ]
    assert set(answers[0]["neighbours"].iloc[-1][0]) == {"date", "symbol", "distance", "class", "outcome"}
    (folder / PAST).write_bytes((folder / PAST).read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"past\.safetensors: is damaged"):
        load_extractor(folder)
    (folder / PAST).unlink()
    with pytest.raises(CheckpointError, match=r"past\.safetensors: there is no such file"):
        load_extractor(folder)


def test_what_can_not_be_looked_up_is_refused_in_one_line(known):
    extractor, candles = known
    row = pd.DataFrame({name: [candles[name].to_numpy()] for name in candles})
    for model, given, number, words in (
        (small_extractor(), candles, 5, "knows no past windows"),
        (extractor, candles, -1, "'neighbours' is -1"),
        (extractor, row, 5, "one row a candle"),
        (extractor, candles, 2.5, "'neighbours' is 2.5"),
    ):
        with pytest.raises(MlflowException, match=words) as raised:
            embedder(model).predict(None, given, {"neighbours": number})
        assert "\n" not in str(raised.value)
    with pytest.raises(ConfigError, match="neighbours is 0"):
        extractor.past.like(np.zeros((1, extractor.dim)), np.zeros(1), 0)
    with pytest.raises(DataError, match="apart has shape"):
        PastWindows(**{**vars(extractor.past), "apart": np.zeros(3, np.int64)})


def test_what_a_model_keeps_is_bounded():
    for dim in (1, 8, 300, 5000, 10**8):
        assert 1 <= how_many(dim) <= MOST_WINDOWS
        assert how_many(dim) == 1 or 2 * dim * how_many(dim) <= MOST_BYTES
