"""Ready-made windows with ready-made labels as the data of a study."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from study.data.archive_files import read_series
from study.data.archives import labelled_files
from study.data.labelled_source import LabelledQuality, LabelledSource
from study.data.stratified import stratified_splits
from study.data.study_data import StudyData
from study.data.ts_files import LabelledSeries
from study.errors import StudyError
from timesnet import Scaler, of_one_length, stacked

# A network's time features are switched off for such windows; its hyper-parameters want a letter all the same.
FREQ = "h"
SHORTEST = 4


def prepare_labelled(data: str, *, seed: int) -> StudyData:
    """Read `uea:<set>` or `X_TRAIN.ts` (`.tsv`, `.txt`, `.arff`) with its test file; `seed` divides the train part.

    Raises StudyError, one line, where the data cannot serve.
    """
    train, test = (read_series(path) for path in labelled_files(data))
    return labelled_study_data(train, test, source=data, seed=seed)


def labelled_study_data(train: LabelledSeries, test: LabelledSeries, *, source: str, seed: int) -> StudyData:
    """The data of a study from a given train and test part.

    Series of unequal length are brought to that of the longest in the train part: shorter ones repeat their last
    value, longer ones (of the test part) lose their end. Both are counted in the quality.
    """
    series = [*train.series, *test.series]
    n_train = len(train.series)
    channels = series[0].shape[1]
    if test.series[0].shape[1] != channels:
        raise StudyError(
            f"{source}: {channels} channels in the train part, {test.series[0].shape[1]} in the test part"
        )
    class_names = _class_names(train.labels)
    for name in sorted(set(test.labels) - set(class_names)):
        raise StudyError(f"{source}: class {name!r} is in the test part alone; nothing can learn it")
    if len(class_names) < 2:
        raise StudyError(
            f"{source}: all train windows are of class {class_names[0]!r}; two classes are needed"
        )
    lengths = np.array([len(one) for one in series])
    seq_len = int(lengths[:n_train].max())
    if seq_len < SHORTEST:
        raise StudyError(f"{source}: series of {seq_len} steps are too short; {SHORTEST} are needed")
    values = of_one_length(series, seq_len).astype(np.float32)
    number = {name: label for label, name in enumerate(class_names)}
    labels = np.array([number[name] for name in (*train.labels, *test.labels)], dtype=np.int64)
    splits = stratified_splits(labels, n_train, class_names=class_names, source=source, seed=seed)
    raw = stacked(values)
    scaler = Scaler.fit(raw.values, raw.select(splits.fit).rows())
    digest = _digest(values, labels)
    counts = np.bincount(labels, minlength=len(class_names))
    quality = LabelledQuality(
        source=source,
        train=n_train,
        test=len(series) - n_train,
        seq_len=seq_len,
        channels=channels,
        shortest=int(lengths.min()),
        longest=int(lengths.max()),
        filled=train.filled + test.filled,
        held=int((lengths < seq_len).sum()),
        cut=int((lengths > seq_len).sum()),
        copies=_copies(values, n_train),
        class_counts={name: int(count) for name, count in zip(class_names, counts, strict=True)},
    )
    return StudyData(
        source=LabelledSource(values=values, quality=quality, class_names=class_names, digest=digest),
        windows=replace(raw, values=scaler.transform(raw.values)),
        labels=labels,
        n_classes=len(class_names),
        splits=splits,
        scaler=scaler,
        features=tuple(f"channel {channel}" for channel in range(channels)),
        freq=FREQ,
        digest=digest,
    )


def _class_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Distinct class names, as numbers where they all are."""
    names = sorted(set(labels))
    try:
        numbers = [float(name) for name in names]
    except ValueError:
        return tuple(names)
    # `nan` is a number to Python that has no place among others.
    return tuple(names) if np.isnan(numbers).any() else tuple(sorted(names, key=float))


def _copies(values: np.ndarray, n_train: int) -> int:
    """Test windows whose values are all those of a train window."""
    known = {window.tobytes() for window in values[:n_train]}
    return sum(window.tobytes() in known for window in values[n_train:])


def _digest(values: np.ndarray, labels: np.ndarray) -> str:
    digest = hashlib.sha256(repr(values.shape).encode())
    digest.update(np.ascontiguousarray(values).tobytes())
    digest.update(labels.tobytes())
    return digest.hexdigest()[:16]
