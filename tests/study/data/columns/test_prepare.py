"""A published checkpoint's inputs: the file's own columns, as the published loader feeds them."""

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from study.configuration import StudyConfiguration
from study.data import prepare
from study.errors import StudyError
from study.trials import check_given_network, probe_network, read_given_network, task_windows
from tests.study.published_checkpoint import ARGUMENTS, save_published
from tests.timesnet.own_table import INPUTS, STAMPS, own_table, published_windows
from timesnet import Extractor, TimesNetError, capture_layers

SEQ_LEN = 16


def arguments(features="M", enc_in=7, **changes):
    return {
        **ARGUMENTS,
        "seq_len": SEQ_LEN,
        "features": features,
        "enc_in": enc_in,
        "c_out": 1 if features == "MS" else enc_in,
        **changes,
    }


def probing(tmp_path, args, table, **changes):
    """(network, configuration, data) of `probe` on a checkpoint of the six-kernel form."""
    save_published(tmp_path, args, seed=3)
    table.to_csv(tmp_path / "table.csv", index=False)
    configuration = StudyConfiguration(
        data=str(tmp_path / "table.csv"),
        checkpoint=str(tmp_path / "checkpoint.pth"),
        config=str(tmp_path / "args.json"),
        **changes,
    )
    network, configuration = read_given_network(configuration, lambda line: None)
    data = prepare(configuration)
    check_given_network(network, data)
    return network, configuration, data


def reference(tmp_path, args, frequencies):
    model = SixKernelTimesNet(args, frozen_frequencies=frequencies).eval()
    model.load_state_dict(torch.load(tmp_path / "checkpoint.pth", weights_only=True))
    return model


@pytest.mark.parametrize(
    ("features", "enc_in", "columns"), [("M", 7, INPUTS), ("MS", 7, INPUTS), ("S", 1, ("return",))]
)
def test_every_layer_is_the_published_one_on_the_published_windows(tmp_path, features, enc_in, columns):
    args, table = arguments(features, enc_in), own_table(700)
    network, _, data = probing(tmp_path, args, table)
    assert data.features == columns
    record = probe_network(network, data, metric="auc", seed=0, number=0, variant={})
    rows = data.splits.test[:20]
    x, marks = published_windows(table, columns, data.source.ends[rows], SEQ_LEN)
    expected = hooked_layers(reference(tmp_path, args, network.frozen_frequencies), x, marks)
    assert {candidate.layer for candidate in record.candidates} == set(expected)
    for layer in ("enc_embedding", "model.0.conv.0.kernels.1", "layer_norm", "projection"):
        extractor = Extractor(
            network,
            layer,
            "mean",
            scaler=data.scaler,
            features=data.features,
            seq_len=SEQ_LEN,
            freq="h",
            interval_seconds=3600,
            inputs="columns",
        )
        answer = extractor.embed_candles(data.source.model_input(rows))
        vectors = data.source.vectors(answer, rows)
        np.testing.assert_allclose(vectors, expected[layer].mean(1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("freq", "embed"),
    [
        *((freq, "timeF") for freq in STAMPS),
        *((freq, embed) for freq in ("t", "h", "15min", "3h") for embed in ("fixed", "learned")),
    ],
)
def test_every_published_frequency_and_embedding(tmp_path, freq, embed):
    # Rows of seven minutes and some seconds: whatever the file's own interval, the arguments say which marks are fed.
    args, table = arguments(freq=freq, embed=embed), own_table(500, freq="437s")
    network, _, data = probing(tmp_path, args, table)
    rows = data.splits.test[:12]
    x, marks = published_windows(table, INPUTS, data.source.ends[rows], SEQ_LEN, freq=freq, embed=embed)
    network.set_frozen_frequencies([(1, 3)])
    network.period_selection = "frozen"
    expected = hooked_layers(reference(tmp_path, args, [(1, 3)]), x, marks)["model.0"]
    fed = task_windows(data, network.config).select(rows)
    found = capture_layers(
        network, fed.batches(len(rows)), len(rows), poolings=("mean",), layers=("model.0",)
    )
    np.testing.assert_allclose(found["model.0", "mean"], expected.mean(1), rtol=1e-5, atol=1e-5)


def test_time_marks_follow_the_clock_that_the_file_shows(tmp_path):
    table = own_table(700)
    table["date"] += "+05:30"
    network, _, data = probing(tmp_path, arguments(), table)
    network.set_frozen_frequencies([(1, 3)])
    network.period_selection = "frozen"
    rows = data.splits.test[:12]
    x, marks = published_windows(table, INPUTS, data.source.ends[rows], SEQ_LEN)
    expected = hooked_layers(reference(tmp_path, arguments(), [(1, 3)]), x, marks)["model.0"].mean(1)
    fed = task_windows(data, network.config).select(rows)
    found = capture_layers(
        network, fed.batches(len(rows)), len(rows), poolings=("mean",), layers=("model.0",)
    )
    np.testing.assert_allclose(found["model.0", "mean"], expected, rtol=1e-5, atol=1e-5)
    extractor = Extractor(
        network,
        "model.0",
        "mean",
        scaler=data.scaler,
        features=data.features,
        seq_len=SEQ_LEN,
        freq="h",
        interval_seconds=3600,
        inputs="columns",
    )
    for frame in (data.source.model_input(rows), table.iloc[data.source.needed(rows)]):
        answer = extractor.embed_candles(frame)
        np.testing.assert_allclose(answer.filter(like="emb_"), expected, rtol=1e-5, atol=1e-5)
        # What it answers is in UTC all the same.
        assert answer["date"].iloc[0] == pd.Timestamp(table["date"].iloc[data.source.ends[rows[0]]])
        assert str(answer["date"].dt.tz) == "UTC"
    mixed = table["date"].where(table.index < 400, table["date"].str.replace("+05:30", "+06:30"))
    with pytest.raises(
        TimesNetError, match=r"dates with the UTC offsets \+05:30, \+06:30; the published loader"
    ):
        probing(tmp_path, arguments(), table.assign(date=mixed))


def test_one_batch_with_the_published_choice_of_periods(tmp_path):
    args, table = arguments(), own_table(700)
    network, _, data = probing(tmp_path, args, table)
    rows = data.splits.test[:20]
    x, marks = published_windows(table, INPUTS, data.source.ends[rows], SEQ_LEN)
    ours = data.source.marks(freq="h", embed="timeF")
    windows = data.windows.select(rows)
    batch, _ = windows.batch(np.arange(len(rows)))
    torch.testing.assert_close(batch, x, rtol=1e-6, atol=1e-6)
    stamps = torch.from_numpy(ours)[torch.from_numpy(windows.ends)[:, None] + torch.arange(1 - SEQ_LEN, 1)]
    with torch.no_grad():
        torch.testing.assert_close(
            network(batch, stamps), reference(tmp_path, args, None)(x, marks), rtol=1e-5, atol=1e-5
        )


def test_the_scaler_may_be_the_study_s_own(tmp_path):
    table = own_table(700)
    _, _, data = probing(tmp_path, arguments(), table, scaler="fit")
    last = data.source.ends[data.splits.fit].max()
    own = table.loc[:last, list(INPUTS)].to_numpy()
    np.testing.assert_allclose(data.scaler.mean, own.mean(0))
    assert "fit split" in data.quality.summary()


def test_the_scaler_may_be_the_one_saved_with_the_checkpoint(tmp_path):
    table = own_table(700)
    values = table[list(INPUTS)].to_numpy()
    saved = tmp_path / "scaler.npz"
    np.savez(saved, mean=values[:300].mean(0), scale=values[:300].std(0))
    _, _, data = probing(tmp_path, arguments(), table, scaler=str(saved))
    np.testing.assert_array_equal(data.scaler.mean, values[:300].mean(0))
    assert f"scaled by {saved}" in data.quality.summary() and "in this order?" not in data.quality.summary()
    np.savez(saved, mean=values[:300].mean(0)[::-1], scale=values[:300].std(0)[::-1])
    _, _, data = probing(tmp_path, arguments(), table, scaler=str(saved))
    assert "by it column 'open' lies around" in data.source.notes()["scaled_by"]
    with pytest.raises(StudyError, match=r"scaler='fitted' is unknown"):
        probing(tmp_path, arguments(), table, scaler="fitted")
    with pytest.raises(StudyError, match=r"was saved with a checkpoint: give checkpoint"):
        StudyConfiguration(scaler="scaler.npz")


def test_columns_that_do_not_fit_are_named(tmp_path):
    table = own_table(700)
    with pytest.raises(
        TimesNetError, match=r"enc_in is 6, the file has 7 inputs \(open, .*, return\): 1 too many"
    ):
        probing(tmp_path, arguments(enc_in=6), table)
    with pytest.raises(TimesNetError, match=r"8 inputs .* saved index 'Unnamed: 0'"):
        probing(tmp_path, arguments(), table.rename_axis("Unnamed: 0").reset_index())
    with pytest.raises(TimesNetError, match=r"6 inputs .*1 missing"):
        probing(tmp_path, arguments(), table.drop(columns="pre_return"))
    with pytest.raises(TimesNetError, match=r"no column 'returns', the target; near it 'return'"):
        probing(tmp_path, arguments(target="returns"), table)
    with pytest.raises(StudyError, match="a published checkpoint takes the file's own columns"):
        probing(tmp_path, arguments(), table, features="open,high")
    silent = {key: value for key, value in arguments().items() if key != "target"}
    with pytest.raises(StudyError, match=r"give target="):
        probing(tmp_path, silent, table)
    with pytest.raises(StudyError, match=r"give checkpoint="):
        StudyConfiguration(features="M")


@pytest.mark.parametrize("label", ["volatility", "direction"])
def test_a_leak_is_said_first_and_nothing_where_none_is(tmp_path, label):
    table = own_table(700)
    for leaking in (table, table.assign(**{"return": (table["return"] * 100).round(2)})):
        _, _, data = probing(tmp_path, arguments(), leaking, label=label)
        first = data.quality.summary().splitlines()[0]
        assert first.startswith(
            "these embeddings know the future: input 'return' is the return of the next row"
        )
        assert "pre_return" not in first and data.source.notes()["leak"] == first
    honest = table.assign(**{"return": table["pre_return"].shift(1).fillna(0)})
    _, _, data = probing(tmp_path, arguments(), honest, label=label)
    assert "future" not in data.quality.summary() and "leak" not in data.source.notes()
    known = table.assign(**{"return": (table["close"].shift(-4) > table["close"]).astype(float)})
    if label == "direction":
        _, _, data = probing(tmp_path, arguments(), known, label=label)
        assert "know the future" in data.quality.summary().splitlines()[0]


def test_rows_on_no_grid_are_windows_of_rows_on_request(tmp_path):
    table = own_table(900)
    minutes = np.cumsum(np.random.default_rng(0).integers(1, 90, len(table)))
    dates = pd.Timestamp("2022-01-01") + pd.to_timedelta(minutes, unit="min")
    table = table.assign(date=dates.strftime("%Y-%m-%d %H:%M:%S"))
    with pytest.raises((StudyError, TimesNetError), match="grid=rows"):
        probing(tmp_path, arguments(), table)
    network, _, data = probing(tmp_path, arguments(), table, grid="rows")
    assert len(data.windows) == len(table) - SEQ_LEN + 1 - 4
    assert data.source.ends[data.splits.tune[0]] - data.source.ends[data.splits.fit[-1]] == SEQ_LEN + 4
    assert data.splits.boundaries["fit"]["first_candle"] == dates[0].tz_localize("UTC")
    record = probe_network(network, data, metric="auc", seed=0, number=0, variant={})
    rows = data.splits.test[3:40:4]
    x, marks = published_windows(table, INPUTS, data.source.ends[rows], SEQ_LEN)
    expected = hooked_layers(reference(tmp_path, arguments(), network.frozen_frequencies), x, marks)
    extractor = Extractor(
        record.model,
        "model.0",
        "mean",
        scaler=data.scaler,
        features=data.features,
        seq_len=SEQ_LEN,
        freq="h",
        interval_seconds=data.source.interval_seconds,
        inputs="columns",
        by_rows=True,
    )
    vectors = data.source.vectors(extractor.embed_candles(data.source.model_input(rows)), rows)
    np.testing.assert_allclose(vectors, expected["model.0"].mean(1), rtol=1e-5, atol=1e-5)


def test_a_study_on_rows_without_a_grid(tmp_path):
    table = own_table(900)
    minutes = np.cumsum(np.random.default_rng(0).integers(1, 90, len(table)))
    table["date"] = (pd.Timestamp("2022-01-01") + pd.to_timedelta(minutes, unit="min")).strftime(
        "%Y-%m-%d %H:%M"
    )
    table.to_csv(tmp_path / "table.csv", index=False)
    data = prepare(StudyConfiguration(data=str(tmp_path / "table.csv"), grid="rows", seq_len=SEQ_LEN))
    assert len(data.windows) == len(table) - SEQ_LEN - data.source.look_back + 1 - 4
    frame = data.source.model_input(data.splits.test[:5])
    assert len(frame) == 5 + SEQ_LEN + data.source.look_back - 1
