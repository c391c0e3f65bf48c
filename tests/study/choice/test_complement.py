"""News with a planted signal add, news without one and those of the price itself do not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from study.baselines.probe import BASELINE, TABLE, probe_baselines, probe_table
from study.choice.complement import find_complement
from study.choice.test_split import open_layer
from study.configuration import StudyConfiguration
from study.data.prepare import prepare
from study.fusion.window_table import read_window_table
from study.trials.network import network_config
from study.trials.probing import probe_network
from study.trials.ranking import best_by_layer, best_candidate
from study.trials.variant import Variant
from tests.study.small_trial import VARIANT
from timesnet import TimesNet

N = 1600
SLOW = np.sin(np.arange(N) / 9)
SUDDEN = np.random.default_rng(0).normal(0, 1, N)


def candles():
    """Ranges of a slow wave, which a window tells of the next candle, and of what comes without warning."""
    generator = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(generator.normal(0, 1e-3, N)))
    wide = 0.01 * np.exp(0.5 * (SLOW + SUDDEN))
    dates = pd.date_range("2024-01-01", periods=N, freq="h", tz="UTC")
    frame = pd.DataFrame(
        {"date": dates, "open": close, "high": close * (1 + wide), "low": close / (1 + wide)}
    )
    return frame.assign(close=close, volume=generator.gamma(2, 500, N))


def signal(kind):
    """What news in each hour say: of the next one what no candle tells, nothing, or what the candle before shows."""
    noise = np.random.default_rng(2).normal(0, 1, (N, 3))
    if kind == "planted":
        noise[:-1, 0] += SUDDEN[1:]
    return np.roll(SLOW + SUDDEN, 1)[:, None] if kind == "own" else noise


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """By kind of news: data, network, its record, the table's row, and what was found."""
    folder = tmp_path_factory.mktemp("news")
    frame = candles()
    frame.to_csv(folder / "candles.csv", index=False)
    asked = StudyConfiguration(data=str(folder / "candles.csv"), seq_len=8, horizon=1)
    data = prepare(asked)
    torch.manual_seed(0)  # of four seeds two give networks whose layers say little
    model = TimesNet(network_config(Variant(**VARIANT), data))
    record = probe_network(model, data, metric="auc", seed=0, number=0, variant={})
    found = {}
    for kind in ("planted", "none", "own"):
        path = folder / f"{kind}.parquet"
        at = frame["date"] + pd.Timedelta(minutes=7)
        pd.DataFrame({"at": at, "vector": list(signal(kind))}).to_parquet(path)
        table = read_window_table(str(path), "at", data.candles, data.windows.ends)
        found[kind] = examined(model, record, replace(data, table=table), every=kind == "planted")
    return found


def examined(model, record, data, *, every):
    winner = best_candidate(record.candidates, "auc")
    (table,) = probe_table(data, data.table, metric="auc", seed=0)
    found = find_complement(
        model,
        best_by_layer(record.candidates, "auc") if every else {},
        winner=winner,
        record=record,
        table=table,
        opened=open_layer(model, winner, data),
        data=data,
        metric="auc",
        seed=0,
    )
    return data, model, record, table, found


def test_a_planted_signal_adds_clearly_and_the_layer_adds_to_it(studied):
    *_, found = studied["planted"]
    assert found.test.over_layer.low > 0.05 and found.test.over_table.low > 0
    assert all(sides.over_layer.low > 0 for sides in found.select)
    assert "fuse them" in found.sentences()[1]


@pytest.mark.parametrize("kind", ["none", "own"])
def test_noise_and_what_the_candles_show_already_add_nothing(studied, kind):
    *_, found = studied[kind]
    gain = found.test.over_layer
    assert abs(gain.value) < 0.02 and gain.low <= 0
    assert "may do" in found.sentences()[1] or "Neither" in found.sentences()[1]


def test_the_table_alone_stands_beside_the_layers_and_decides_no_verdict_there(studied):
    data, _, _, table, found = studied["planted"]
    assert table.kind == TABLE and table.name == "planted.parquet alone"
    assert found.select[0].table.value == pytest.approx(table.candidate.scores["auc"], abs=1e-6)
    together = probe_baselines(replace(data, together=True), metric="auc", seed=0)
    row = next(row for row in together if row.name == table.name)
    assert row.kind == BASELINE
    np.testing.assert_array_equal(row.probability, table.probability)
    raw = next(row for row in together if row.name == "raw window")
    assert raw.candidate.scores["auc"] > table.candidate.scores["auc"]


def test_a_study_that_chooses_by_the_complement_comes_to_the_same_scores(studied):
    data, model, alone, _, found = studied["planted"]
    data = replace(data, together=True)
    record = probe_network(model, data, metric="auc", seed=0, number=0, variant={})
    assert [one.dim for one in record.candidates] == [one.dim for one in alone.candidates]
    assert [one.separability for one in record.candidates] == [one.separability for one in alone.candidates]
    scores = {one.key: one.scores["auc"] for one in record.candidates}
    for row, pooling, sides in zip(found.rows, found.poolings, found.select, strict=True):
        assert scores[row, pooling] == pytest.approx(sides.both.value, abs=1e-6)
    *_, again = examined(model, record, data, every=True)
    # The layer whose two scores differ most is the one that was chosen.
    assert again.best == again.winner
    assert again.test.table.value == pytest.approx(found.test.table.value)


def test_the_table_holds_every_layer_with_its_intervals(studied):
    *_, found = studied["planted"]
    frame = found.frame()
    assert list(frame["layer"]) == list(found.rows) and len(frame) > 10
    assert (frame["gain_over_layer_low"] <= frame["gain_over_layer"]).all()
    np.testing.assert_allclose(frame["together"] - frame["layer_alone"], frame["gain_over_layer"], atol=1e-12)
    np.testing.assert_allclose(frame["together"] - frame["table_alone"], frame["gain_over_table"], atol=1e-12)
