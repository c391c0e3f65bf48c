"""Labelled data sets on which a choice of layer can be judged by its test score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from study.configuration import StudyConfiguration
from study.data.archives import bundled_sets, labelled_files
from study.data.from_windows import labelled_study_data
from study.data.prepare import prepare
from study.data.study_data import StudyData
from study.data.ts_files import LabelledSeries, read_ts
from timesnet import TimesNet, TimesNetConfig, capture_layers, freeze_frequencies, of_one_length, stacked

# Long series are averaged down to this many steps: the layers compared stay the same, a study takes seconds.
LONGEST = 150
PLANTED = "planted layer"
# The rule was developed on seeds 0 to 5; these it had not seen.
SEEDS = (20, 21, 22, 23, 24)


@dataclass(frozen=True)
class LabelledSet:
    """A data set with the seeds to run it by, and how a seed's data are made."""

    name: str
    seeds: tuple[int, ...]
    make: Callable[[int], StudyData]
    exchangeable: bool


def labelled_sets() -> list[LabelledSet]:
    """The sets inside aeon, Bitcoin volatility and direction, and series with a planted layer."""
    sets = [
        LabelledSet(name, SEEDS, lambda seed, name=name: archive_data(name, seed), True)  # type: ignore[misc]
        for name in bundled_sets()
    ]
    for label in ("volatility", "direction"):
        sets.append(
            LabelledSet(f"Bitcoin {label}", SEEDS[:3], lambda seed, label=label: bitcoin_data(label), False)
        )  # type: ignore[misc]
    return [*sets, LabelledSet(PLANTED, SEEDS, planted_data, True)]


def archive_data(name: str, seed: int) -> StudyData:
    """Seed 0: the archive's own division. Others: the same windows divided anew, class by class, in the same sizes.

    Resampled divisions are the custom of the archives' own comparisons, and make train and test exchangeable.
    """
    train, test = (_shortened(read_ts(path)) for path in labelled_files(f"uea:{name}"))
    if seed:
        train, test = _divided_anew(train, test, np.random.default_rng(seed))
    return labelled_study_data(train, test, source=name, seed=seed)


def bitcoin_data(label: str) -> StudyData:
    """The default candles; seeds differ in the networks alone."""
    return prepare(StudyConfiguration(data="btc-15min", label=label))


def planted_data(seed: int) -> StudyData:
    """Series whose classes are a noisy linear function of one layer of the network `planted_network(seed)`."""
    return _planted(seed)[0]


def planted_layer(seed: int) -> str:
    """Name of that layer."""
    return _planted(seed)[1]


def planted_network(seed: int) -> TimesNet:
    """An untrained network with two blocks."""
    config = TimesNetConfig(
        task_name="imputation",
        seq_len=48,
        enc_in=2,
        c_out=2,
        d_model=16,
        d_ff=16,
        e_layers=2,
        top_k=2,
        num_kernels=3,
        freq="h",
        num_class=2,
        use_norm=False,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return TimesNet(config)


@cache
def _planted(seed: int, n_train: int = 240, n_test: int = 2000) -> tuple[StudyData, str]:
    generator = np.random.default_rng(seed)
    n, steps = n_train + n_test, np.arange(48)
    values = generator.standard_normal((n, 48, 2)).cumsum(axis=1) / 5
    for channel in range(2):
        period, phase, size = (
            generator.uniform(4, 24, n),
            generator.uniform(0, 2 * np.pi, n),
            generator.gamma(2, 1, n),
        )
        values[:, :, channel] += size[:, None] * np.sin(2 * np.pi * steps / period[:, None] + phase[:, None])
    values = (values - values.mean(axis=(0, 1))) / values.std(axis=(0, 1))
    windows = stacked(values)
    model = planted_network(seed)
    freeze_frequencies(model, lambda: windows.batches(256))
    vectors = {key: v for key, v in capture_layers(model, windows.batches(256), n).items() if v.shape[1] >= 8}
    varied = [key for key, v in vectors.items() if (v.std(axis=0) > 1e-6).all()]
    layer, pooling = varied[int(generator.integers(len(varied)))]
    chosen = vectors[layer, pooling].astype(np.float64)
    standard = (chosen - chosen.mean(axis=0)) / chosen.std(axis=0)
    signal = standard @ generator.standard_normal(standard.shape[1])
    signal = signal / signal.std() + 0.7 * generator.standard_normal(n)
    classes = np.where(signal > np.median(signal), "high", "low")
    parts = [LabelledSeries(tuple(values[a:b]), tuple(classes[a:b])) for a, b in ((0, n_train), (n_train, n))]
    return labelled_study_data(parts[0], parts[1], source=PLANTED, seed=seed), f"{layer} ({pooling})"


def _shortened(part: LabelledSeries) -> LabelledSeries:
    """Every series averaged over as many steps as bring the longest down to LONGEST."""
    width = -(-max(len(one) for one in part.series) // LONGEST)
    if width == 1:
        return part
    series = []
    for one in part.series:
        whole = of_one_length([one], -(-len(one) // width) * width)[0]
        series.append(whole.reshape(-1, width, one.shape[1]).mean(axis=1))
    return LabelledSeries(tuple(series), part.labels)


def _divided_anew(
    train: LabelledSeries, test: LabelledSeries, generator: np.random.Generator
) -> tuple[LabelledSeries, LabelledSeries]:
    series, labels = [*train.series, *test.series], np.array([*train.labels, *test.labels])
    n_train: Mapping[str, int] = {str(name): train.labels.count(name) for name in np.unique(labels)}
    first: list[int] = []
    for name, count in n_train.items():
        first += list(generator.permutation(np.flatnonzero(labels == name))[:count])
    chosen = np.zeros(len(labels), dtype=bool)
    chosen[first] = True
    return tuple(  # type: ignore[return-value]
        LabelledSeries(tuple(series[i] for i in rows), tuple(str(labels[i]) for i in rows))
        for rows in (np.flatnonzero(chosen), np.flatnonzero(~chosen))
    )
