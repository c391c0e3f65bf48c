"""An extractor that sees the calendar and longer averages: the study's vectors again, from candles alone."""

import numpy as np
import pytest
import torch

from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import clean_candles
from timesnet.capture.capture import capture_layers
from timesnet.errors import DataError
from timesnet.extractor.extractor import Extractor
from timesnet.extractor.files import load_extractor, save_extractor
from timesnet.extractor.mlflow_parts import made_up_candles
from timesnet.network.config import TimesNetConfig
from timesnet.network.freeze import freeze_frequencies
from timesnet.network.model import TimesNet
from timesnet.windows.calendar import CALENDAR
from timesnet.windows.features import FEATURES, compute_features, look_back, memory
from timesnet.windows.history import history_up_to
from timesnet.windows.scaler import Scaler
from timesnet.windows.windows import Windows, complete_windows

SEQ_LEN = 12
BESIDE = (*CALENDAR, *history_up_to(16))
NAMES = (*FEATURES, *BESIDE)
GAP = [150, 151, 152]


@pytest.fixture(scope="module")
def candles():
    return candle_frame(300).drop(index=GAP).reset_index(drop=True)


@pytest.fixture(scope="module")
def study(candles):
    """As a study has them: features in one table, what is beside them in another."""
    clean, _ = clean_candles(candles)
    ends = complete_windows(clean, SEQ_LEN, memory(NAMES), look_back(NAMES))
    tables, scalers = [], []
    for names in (FEATURES, BESIDE):
        values = compute_features(clean, names)
        scalers.append(Scaler.fit(values, np.flatnonzero(np.isfinite(values).all(axis=1))))
        tables.append(scalers[-1].transform(values))
    windows = Windows(tables[0], None, ends, SEQ_LEN, tables[1])
    scaler = Scaler(*(np.concatenate([getattr(one, key) for one in scalers]) for key in ("mean", "scale")))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = TimesNetConfig(
            task_name="outcomes",
            seq_len=SEQ_LEN,
            pred_len=0,
            label_len=0,
            enc_in=len(NAMES),
            c_out=3,
            d_model=8,
            d_ff=8,
            top_k=2,
            num_kernels=2,
            freq="t",
        )
        model = TimesNet(config).eval()
    freeze_frequencies(model, lambda: windows.batches(64))
    extractor = Extractor(
        model,
        "layer_norm#1",
        "last",
        scaler=scaler,
        features=NAMES,
        seq_len=SEQ_LEN,
        freq="t",
        interval_seconds=900,
    )
    return extractor, windows


def vectors_of(embedded):
    return embedded.filter(like="emb_").to_numpy()


def test_candles_read_back_give_the_vectors_of_the_study(study, candles, tmp_path):
    extractor, windows = study
    captured = capture_layers(
        extractor.model, windows.batches(50), len(windows), poolings=("last",), layers=("layer_norm#1",)
    )["layer_norm#1", "last"]
    loaded = load_extractor(save_extractor(extractor, tmp_path))
    assert loaded.features == NAMES and loaded.look_back == 15
    np.testing.assert_allclose(vectors_of(loaded.embed_candles(candles)), captured, rtol=1e-4, atol=1e-5)


def test_a_window_alone_gets_the_vector_it_has_among_others_over_a_gap_too(study, candles):
    extractor, windows = study
    embedded = extractor.embed_candles(candles)
    after_the_gap = int(np.searchsorted(windows.ends, GAP[0] + SEQ_LEN + 1))
    for place in (0, 20, after_the_gap, after_the_gap + 1, len(windows) - 1):
        last = candles["date"][windows.ends[place]]
        since = last - (extractor.candles_needed - 1) * extractor.interval()
        alone = extractor.embed_candles(candles[(candles["date"] >= since) & (candles["date"] <= last)])
        np.testing.assert_allclose(vectors_of(alone)[-1], vectors_of(embedded)[place], rtol=1e-4, atol=1e-5)
        assert len(alone) == 1 and alone["date"].iloc[0] == last
    np.testing.assert_array_equal(
        vectors_of(extractor.embed_candles(candles[:200])),
        vectors_of(embedded)[: np.searchsorted(windows.ends, 200)],
    )


def test_it_says_how_many_candles_it_needs(study, candles):
    extractor, _ = study
    needed = extractor.candles_needed
    assert needed == SEQ_LEN + 15 and len(made_up_candles(extractor)) == needed + 1
    with pytest.raises(DataError, match=f"{needed} consecutive candles"):
        extractor.embed_candles(candles[: needed - 1])
    assert len(extractor.embed_candles(candles[:needed])) == 1
