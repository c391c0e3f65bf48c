"""What a person asks of a study: the parameters of the command line, checked."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from study.display import suggestion, without_secrets
from study.errors import StudyError

LABELS = ("volatility", "volume", "direction", "return_quantile", "triple_barrier")
# Labels of two classes, which the layers of the winner's network are probed for as well.
ALSO, NO_OTHER_LABELS = ("volatility", "volume", "direction"), "none"
THRESHOLDS_BY = ("all", "symbol")
# The prefix of a labelled data set inside the package aeon.
ARCHIVE = "uea:"
# Two poolings of 42 layers of 32 numbers each are half a GB then.
MAX_PROBE_WINDOWS = 50_000
# Six epochs of so many are enough for the networks of the default space, however many there are (docs/log.md).
WINDOWS_PER_EPOCH = 6_000
PRETRAIN, NO_PRETRAINING = "candles", "none"
COMPLEMENT = "complement"
SELECTION_RULES = ("best", "simplest", COMPLEMENT)
LEAST_PROBE_WINDOWS = 200
# scikit-learn takes no larger seed. Of the others nobody means more: each is a training, or a call of a database.
MOST_SEED, MOST_SEEDS, MOST_PERIODS, MOST_TRIALS = 2**32 - 1, 100, 100, 1_000_000
# What windows with ready-made labels leave no choice of.
OF_CANDLES = (
    "timezone",
    "label",
    "threshold",
    "threshold_by",
    "classes",
    "horizon",
    "seq_len",
    "features",
    "pretrain",
    "calendar",
    "target",
    "loader",
    "grid",
    "beside",
    "on",
    "also",
)
# Which of a file's own columns a published checkpoint takes, in the published words.
FEATURE_MODES = ("M", "MS", "S")
SCALERS, GRIDS = ("published", "fit"), ("time", "rows")


@dataclass(frozen=True, kw_only=True)
class StudyConfiguration:
    """Parameters of one study; every field is a parameter of `mlflow run . -e study`.

    Attributes:
        data: a built-in data set (`btc-15min`, `btc-1day`, `stocks-1day`) or the path of a CSV or Parquet file of
            candles; or windows with ready-made labels, `uea:<set>` (the small sets inside the package aeon) or the
            path of a `X_TRAIN.ts` file with its `X_TEST.ts` beside it: what is said of candles alone, from label to
            calendar, has to be left out then.
        timezone: of dates that say none, a name as Asia/Tokyo; empty means UTC.
        label: what is predicted of the `horizon` candles after a window: `volatility`, `volume`, `direction`,
            `return_quantile` or `triple_barrier`.
        threshold: where the label's classes part: `median` (of the fit split), an absolute share as `1%`, or
            `trailing`, the median of the last outcomes known at a window's end, which follows the level over years.
        threshold_by: whose fit windows set the thresholds: `all` symbols together, or each `symbol` its own.
        classes: number of classes of `return_quantile`; 0 means its default of 3.
        horizon: candles after the window that the label looks at.
        seq_len: candles in a window.
        windows_per_epoch: fit windows that training draws an epoch, at most; 0 means as many as there are. Of several
            symbols as many of each are drawn, whatever their share.
        pretrain: weights that some trials start from: `candles`, which the project brings along (five coins, until
            2021-09-24; left out where the study's own candles end before), the path of a file of other candles, other
            symbols or earlier years, to learn them from first, or `none`.
        max_probe_windows: windows of fit, tune and select together that are captured and probed, at most, evenly over
            time.
        trials: trials that the finished study has, those of earlier calls with the same name counted in.
        timeout: seconds after which no further trial starts; 0 means no limit.
        seed: seed of sampling, initialisation, shuffling and resampling.
        name: the study's name; the same name resumes.
        metric: the primary metric, one of `probes.METRICS`.
        space: path of a search-space YAML file; empty means the default space.
        model_name: name in the model registry.
        selection: `best`, or `simplest`: earliest layer and smallest vector of those inside the confidence set that
            are no more than one standard error behind the best; or `complement`: the best together with the table
            `beside`. Every candidate and baseline is then scored with that table's numbers at its side.
        periods: after the choice the winner's variant is trained anew before each of so many periods of time and
            scored on it beside the best baseline; 0 means not.
        seeds: after the choice the winner's variant is trained until it has been under so many seeds, which tells how
            much of a layer's score is chance; 1 means not again.
        storage: Optuna storage URL; empty means SQLite under `studies/`.
        features: comma-separated subset of the feature names; empty means all. Of a published checkpoint `M`, `MS` or
            `S`, which of the file's own columns it takes; empty means what its arguments say.
        calendar: when the market is open, so that a candle missing then is a gap: `auto` finds the hours of the week in
            the candles, `24/7` says that it never closes, a code as `XNYS` names a calendar of exchange_calendars.
        also: other labels that the layers of the winner's network are probed for at the end, one after the other, with
            the horizon of each: `volume:16,direction:1`; without one, the label's and four times as many candles.
            `none` spares it. Nothing is trained or chosen for them.
        beside: another table with dates, news with their vectors say, that the embedding is to be fused with. Each
            window gets the mean of its numbers and vectors, and the count of its rows, since the candle before the
            window's last closed. It is scored alone, and with every layer of the winner's network: what each adds to
            the other.
        on: the column of its dates; one without a time of day counts as known when the day is over.
        checkpoint: a trained network to compare the layers of, without training; empty means train.
        config: the checkpoint's hyper-parameters, in a form of `timesnet.network.read_arguments`.
        target: the target column of a published checkpoint, the last of its inputs; empty means what its arguments say.
        loader: the published loader whose train part sets a published checkpoint's scaler: `custom`, `ETTh1`, ...;
            empty means what its arguments say.
        scaler: `published`, fitted on that train part, `fit`, on the study's own fit split, or the path of the scaler
            that was saved with the checkpoint, see `timesnet.windows.read_scaler`.
        grid: `time`, windows cross no gap between dates; or `rows`, windows of rows whatever lies between them, as the
            published loader cuts them.
        padded_to: steps that ready-made windows are padded to with zeros, as the published loader pads them; set by a
            published checkpoint, 0 for the study's own way.
        workers: processes of this machine that evaluate trials; 1 evaluates in the study's own process, `auto` takes
            what the machine has. One and two draw the very same trials; other numbers each draw their own.
        trial_timeout: seconds after which a trial's worker counts as hung and the trial is repeated elsewhere; 0 means
            ten times the longest trial so far and at least an hour (a day before the first has completed).
        ray: evaluate on a Ray cluster instead: its address, or `auto` for the one that this machine belongs to.
        gpus_per_trial: GPUs, or the share of one, that a trial on the Ray cluster takes; 0 means cores alone.
        mixed: `yes` goes on with a study whose code has changed since its last trial; the report says so.
        verbose: 1 prints a line for each epoch and trial on a terminal, too, instead of one line of progress.
    """

    data: str = "btc-15min"
    timezone: str = ""
    label: str = "volatility"
    threshold: str = "median"
    threshold_by: str = "all"
    classes: int = 0
    horizon: int = 4
    seq_len: int = 48
    windows_per_epoch: int = WINDOWS_PER_EPOCH
    pretrain: str = PRETRAIN
    max_probe_windows: int = MAX_PROBE_WINDOWS
    trials: int = 20
    timeout: float = 0.0
    seed: int = 0
    name: str = ""
    metric: str = "auc"
    space: str = ""
    model_name: str = "timesnet-embedder"
    selection: str = "best"
    periods: int = 0
    seeds: int = 1
    storage: str = ""
    features: str = ""
    calendar: str = "auto"
    also: str = ",".join(ALSO)
    beside: str = ""
    on: str = "date"
    checkpoint: str = ""
    config: str = ""
    target: str = ""
    loader: str = ""
    scaler: str = "published"
    grid: str = "time"
    padded_to: int = 0
    workers: str = "auto"
    trial_timeout: float = 0.0
    ray: str = ""
    gpus_per_trial: float = 0.0
    mixed: str = "no"
    verbose: int = 0

    def __post_init__(self) -> None:
        self._check_types()
        if self.labelled:
            for field in fields(self):
                if field.name in OF_CANDLES and getattr(self, field.name) != field.default:
                    raise StudyError(
                        f"{field.name}={getattr(self, field.name)!r} says nothing of data={self.data!r}, whose windows "
                        "and labels are ready-made; leave it out"
                    )
        _choice("label", self.label, LABELS)
        if self.label == "volume" and self.horizon > self.seq_len:
            raise StudyError(
                f"label='volume' compares the horizon with as many candles before it: give horizon={self.seq_len} "
                f"or less, or seq_len={self.horizon} or more"
            )
        _choice("threshold_by", self.threshold_by, THRESHOLDS_BY)
        from probes import (
            METRICS,  # with them comes numpy, which a command that only prints its help does without
        )

        _choice("metric", self.metric, tuple(metric.name for metric in METRICS))
        _choice("selection", self.selection, SELECTION_RULES)
        _choice("mixed", self.mixed, ("no", "yes"))
        if not is_file_of_a_scaler(self.scaler):
            _choice("scaler", self.scaler, SCALERS)
        elif not self.checkpoint:
            raise StudyError(f"scaler={self.scaler!r} was saved with a checkpoint: give checkpoint=... too")
        _choice("grid", self.grid, GRIDS)
        _at_least("padded_to", self.padded_to, 0)
        if not self.checkpoint and (self.features in FEATURE_MODES or self.target or self.loader):
            raise StudyError(
                "features=M, MS or S, target and loader name the inputs of a published checkpoint: give checkpoint=..."
            )
        _within("trials", self.trials, 1, MOST_TRIALS)
        _at_least("seq_len", self.seq_len, 4)
        _at_least("windows_per_epoch", self.windows_per_epoch, 0)
        _at_least("max_probe_windows", self.max_probe_windows, LEAST_PROBE_WINDOWS)
        _at_least("horizon", self.horizon, 1)
        _at_least("timeout", self.timeout, 0)
        _within("seed", self.seed, 0, MOST_SEED)
        check_model_name(self.model_name)
        self._check_engine()
        self._check_beside()
        self._check_also()
        self._check_trained_again()
        if self.name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}", self.name):
            raise StudyError(
                f"name={self.name!r}: use letters, digits, spaces, '.', '_' and '-', starting with a letter or digit"
            )

    def _check_trained_again(self) -> None:
        _within("periods", self.periods, 0, MOST_PERIODS)
        _within("seeds", self.seeds, 1, MOST_SEEDS)
        for parameter, asked in (("periods", self.periods > 0), ("seeds", self.seeds > 1)):
            if asked and self.checkpoint:
                raise StudyError(
                    f"{parameter}={getattr(self, parameter)} trains the winner's variant again, but checkpoint="
                    f"{self.checkpoint!r} is not trained here; leave {parameter} out"
                )
        if self.periods and self.labelled:
            raise StudyError(
                f"periods={self.periods} divides windows by time, which data={self.data!r} does not know; leave it out"
            )

    def _check_beside(self) -> None:
        if not self.beside:
            if self.selection == COMPLEMENT:
                raise StudyError(
                    "selection='complement' chooses by a table beside the candles: give beside=FILE"
                )
            if self.on != StudyConfiguration.on:
                raise StudyError(f"on={self.on!r} names a column of another table: give beside=FILE")
        elif self.grid == "rows":
            raise StudyError(
                f"beside={self.beside!r} needs candles on a grid: of rows on none (grid=rows) nobody knows when each "
                "was complete; leave one out"
            )

    def _check_also(self) -> None:
        for kind, horizon in self.other_labels:
            _choice("also", kind, ALSO)
            if horizon is not None and horizon < 1:
                raise StudyError(
                    f"also={self.also!r}: {kind} looks at no candles; give a horizon of 1 or more"
                )
            if kind == "volume" and (horizon or 0) > self.seq_len:
                raise StudyError(
                    f"also={self.also!r}: volume compares the horizon with as many candles before it: give "
                    f"volume:{self.seq_len} or less"
                )

    @property
    def other_labels(self) -> tuple[tuple[str, int | None], ...]:
        """The labels of `also`, each with its horizon, None where none is given."""
        if self.also == NO_OTHER_LABELS:
            return ()
        found: list[tuple[str, int | None]] = []
        for one in self.also.split(","):
            kind, colon, horizon = one.strip().partition(":")
            if colon and not re.fullmatch(r"[0-9]{1,9}", horizon):
                raise StudyError(
                    f"also={self.also!r}: {one.strip()!r} is no label with a horizon; write volume:16"
                )
            found.append((kind, int(horizon) if colon else None))
        return tuple(dict.fromkeys(found))

    def _check_types(self) -> None:
        """From Python a number may come as any type: whole ones serve for text and fractions, all else is refused."""
        for field in fields(self):
            given, kind = getattr(self, field.name), type(field.default)
            if type(given) is int and kind in (str, float):
                object.__setattr__(self, field.name, kind(given))
            elif type(given) is not kind:
                raise StudyError(
                    f"{field.name}={given!r}: give a {kind.__name__}, not a {type(given).__name__}"
                )

    def _check_engine(self) -> None:
        _at_least("trial_timeout", self.trial_timeout, 0)
        _at_least("gpus_per_trial", self.gpus_per_trial, 0)
        if self.workers != "auto" and not (re.fullmatch(r"[0-9]{1,4}", self.workers) and int(self.workers)):
            raise StudyError(f"workers={self.workers!r}: give a number of processes or auto")
        if self.workers != "auto" and self.ray:
            raise StudyError(f"workers={self.workers} and ray={self.ray!r} exclude each other; leave one out")
        gpus = f"gpus_per_trial={self.gpus_per_trial:g}"
        if self.gpus_per_trial and not self.ray:
            raise StudyError(f"{gpus} is for a Ray cluster: give ray=auto or its address")
        if self.gpus_per_trial > 1 and self.gpus_per_trial % 1:
            raise StudyError(f"{gpus}: give a share of one GPU or a whole number")

    @property
    def study_name(self) -> str:
        """The given name, or one made of what defines the study, so that the same command resumes it."""
        if self.name:
            return self.name
        data = _word(self.data.rstrip("/").rsplit("/", 1)[-1])
        kind = "probe" if self.checkpoint else "study"
        task = "" if self.labelled else f"-{self.label}-h{self.horizon}-w{self.seq_len}"
        metric = "" if self.metric == StudyConfiguration.metric else f"-{self.metric}"
        beside = f"-with-{_word(Path(self.beside).stem)}" if self.selection == COMPLEMENT else ""
        return f"{kind}-{data}{task}-seed{self.seed}{metric}{beside}"

    @property
    def own_columns(self) -> bool:
        """Whether a network takes the file's own columns, as the published loader feeds them."""
        return self.features in FEATURE_MODES

    @property
    def labelled(self) -> bool:
        """Whether the data are windows with ready-made labels instead of candles."""
        return is_labelled(self.data)

    def to_dict(self) -> dict[str, Any]:
        """All parameters, JSON-ready."""
        return asdict(self)

    def shown(self) -> dict[str, Any]:
        """The parameters that say something: not empty, not about candles where there are none."""
        silent = OF_CANDLES if self.labelled else ()
        values = {**self.to_dict(), "storage": without_secrets(self.storage)}
        if not self.beside:
            silent = (*silent, "on")
        return {key: value for key, value in values.items() if value != "" and key not in silent}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "StudyConfiguration":
        """Inverse of `to_dict`; an unknown key raises StudyError with the near misses."""
        known = [field.name for field in fields(cls)]
        for key in values:
            if key not in known:
                raise StudyError(f"unknown parameter {key!r}: {suggestion(key, known)}")
        return cls(**values)


def is_labelled(data: str) -> bool:
    """Whether `data` names windows with ready-made labels: `uea:<set>`, a `.ts` file or another train file of the
    archives, `X_TRAIN.tsv`, `.txt` or `.arff`."""
    name = data.lower()
    return data.startswith(ARCHIVE) or name.endswith((".ts", "_train.tsv", "_train.txt", "_train.arff"))


def is_file_of_a_scaler(scaler: str) -> bool:
    """Whether `scaler` is the path of a file, not one of the ways to fit one."""
    return scaler not in SCALERS and bool(re.search(r"[./\\]", scaler))


def check_model_name(name: str) -> None:
    """Raise StudyError where a name would break a query of the registry or leave a folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", name):
        raise StudyError(
            f"model_name={name!r}: use letters, digits, '.', '_' and '-', first a letter or digit"
        )


def _word(name: str) -> str:
    """A file's name as a part of a study's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "data"


def _choice(parameter: str, value: str, known: Mapping[str, Any] | tuple[str, ...]) -> None:
    if value not in known:
        raise StudyError(f"{parameter}={value!r} is unknown: {suggestion(value, known)}")


def _at_least(parameter: str, value: float, least: int) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise StudyError(f"{parameter}={value:g} is no number to count with: give {least} or more")
    if value < least:
        raise StudyError(f"{parameter}={value:g} is too small: give {least} or more")


def _within(parameter: str, value: int, least: int, most: int) -> None:
    _at_least(parameter, value, least)
    if value > most:
        raise StudyError(f"{parameter}={value} is too large: give {most:,} or less")
