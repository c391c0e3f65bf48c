"""Ready-made windows with ready-made labels as the data of a study."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from study.configuration import is_file_of_a_scaler
from study.data.archive_files import read_series
from study.data.archives import labelled_files
from study.data.labelled_source import PUBLISHED, LabelledQuality, LabelledSource
from study.data.stratified import stratified_splits
from study.data.study_data import StudyData
from study.data.ts_files import LabelledSeries
from study.errors import StudyError
from timesnet import Scaler, of_one_length, stacked
from timesnet.windows import padded, read_scaler

# A network's time features are switched off for such windows; its hyper-parameters want a letter all the same.
FREQ = "h"
SHORTEST = 4


def prepare_labelled(data: str, *, seed: int, padded_to: int = 0, scaler: str = "published") -> StudyData:
    """Read `uea:<set>` or `X_TRAIN.ts` (`.tsv`, `.txt`, `.arff`) with its test file; `seed` divides the train part.

    Raises StudyError, one line, where the data cannot serve.
    """
    train, test = (read_series(path) for path in labelled_files(data))
    return labelled_study_data(train, test, source=data, seed=seed, padded_to=padded_to, scaler=scaler)


def labelled_study_data(
    train: LabelledSeries,
    test: LabelledSeries,
    *,
    source: str,
    seed: int,
    padded_to: int = 0,
    scaler: str = "published",
) -> StudyData:
    """The data of a study from a given train and test part.

    Series of unequal length are brought to that of the longest in the train part: shorter ones repeat their last
    value, longer ones (of the test part) lose their end. Both are counted in the quality.

    With `padded_to` they are padded to that length with zeros and masked, as the published loader does for the longest
    of train and test together, and scaled by the whole train part; by the fit split with scaler `fit`, or by a file.
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
    if padded_to:
        if lengths.max() > padded_to:
            raise StudyError(
                f"{source}: a series has {lengths.max()} steps, the checkpoint takes {padded_to}: it was trained on "
                "another set, or on series cut to that length; cut these to it"
            )
        seq_len = padded_to
    if seq_len < SHORTEST:
        raise StudyError(f"{source}: series of {seq_len} steps are too short; {SHORTEST} are needed")
    values = _ending_in_nan(series, seq_len) if padded_to else of_one_length(series, seq_len)
    values = values.astype(np.float32)
    number = {name: label for label, name in enumerate(class_names)}
    labels = np.array([number[name] for name in (*train.labels, *test.labels)], dtype=np.int64)
    splits = stratified_splits(labels, n_train, class_names=class_names, source=source, seed=seed)
    features = tuple(f"channel {channel}" for channel in range(channels))
    scaled_by = ""
    if padded_to:
        if is_file_of_a_scaler(scaler):
            fitted, scaled_by = read_scaler(scaler, features), scaler
        elif scaler == "fit":
            fitted, scaled_by = _scaler(series, splits.fit, ddof=0), "the study's fit split"
        else:
            fitted, scaled_by = _scaler(series, range(n_train), ddof=1), PUBLISHED
        windows = padded(values, fitted, seq_len)
    else:
        raw = stacked(values)
        fitted = Scaler.fit(raw.values, raw.select(splits.fit).rows())
        windows = replace(raw, values=fitted.transform(raw.values))
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
        padded=bool(padded_to),
        scaled_by=scaled_by,
        class_counts={name: int(count) for name, count in zip(class_names, counts, strict=True)},
    )
    return StudyData(
        source=LabelledSource(values=values, quality=quality, class_names=class_names, digest=digest),
        windows=windows,
        masked=bool(padded_to),
        labels=labels,
        n_classes=len(class_names),
        splits=splits,
        scaler=fitted,
        features=features,
        freq=FREQ,
        digest=digest,
    )


def _ending_in_nan(series: Sequence[np.ndarray], seq_len: int) -> np.ndarray:
    """Series of any lengths up to seq_len as one array (n, seq_len, C), NaN behind the shorter ones."""
    values = np.full((len(series), seq_len, series[0].shape[1]), np.nan)
    for window, one in zip(values, series, strict=True):
        window[: len(one)] = one
    return values


def _scaler(series: Sequence[np.ndarray], rows: Iterable[int], *, ddof: int) -> Scaler:
    """Mean and deviation over all steps of some series; the published loader divides by n - 1."""
    steps = np.concatenate([series[row] for row in rows])
    return Scaler(steps.mean(axis=0), steps.std(axis=0, ddof=ddof) + np.finfo(float).eps)


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
