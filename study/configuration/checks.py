"""Parameters that cannot be meant are refused in one line that says what to do."""

import math
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from study.configuration.other_labels import parse_other_labels
from study.configuration.parameters import StudyParameters
from study.configuration.values import (
    ALSO,
    COMPLEMENT,
    FEATURE_MODES,
    GRIDS,
    LABELS,
    LEAST_PROBE_WINDOWS,
    MEAN,
    MOST_PERIODS,
    MOST_SEED,
    MOST_SEEDS,
    MOST_TRIALS,
    OF_CANDLES,
    SCALERS,
    SELECTION_RULES,
    THRESHOLDS_BY,
    is_file_of_a_scaler,
    is_labelled,
)
from study.display import suggestion
from study.errors import StudyError


def check(asked: StudyParameters) -> None:
    """Raise StudyError, in one line, for the first parameter that cannot be meant, alone or beside another."""
    _check_types(asked)
    if is_labelled(asked.data):
        for field in fields(asked):
            if field.name in OF_CANDLES and getattr(asked, field.name) != field.default:
                raise StudyError(
                    f"{field.name}={getattr(asked, field.name)!r} says nothing of data={asked.data!r}, whose windows "
                    "and labels are ready-made; leave it out"
                )
    _choice("label", asked.label, LABELS)
    if asked.label == "volume" and asked.horizon > asked.seq_len:
        raise StudyError(
            f"label='volume' compares the horizon with as many candles before it: give horizon={asked.seq_len} "
            f"or less, or seq_len={asked.horizon} or more"
        )
    _choice("threshold_by", asked.threshold_by, THRESHOLDS_BY)
    from probes import (
        METRICS,  # with them comes numpy, which a command that only prints its help does without
    )

    _choice("metric", asked.metric, (*(metric.name for metric in METRICS), MEAN))
    _choice("selection", asked.selection, SELECTION_RULES)
    _choice("mixed", asked.mixed, ("no", "yes"))
    if not is_file_of_a_scaler(asked.scaler):
        _choice("scaler", asked.scaler, SCALERS)
    elif not asked.checkpoint:
        raise StudyError(f"scaler={asked.scaler!r} was saved with a checkpoint: give checkpoint=... too")
    _choice("grid", asked.grid, GRIDS)
    _at_least("padded_to", asked.padded_to, 0)
    if not asked.checkpoint and (asked.features in FEATURE_MODES or asked.target or asked.loader):
        raise StudyError(
            "features=M, MS or S, target and loader name the inputs of a published checkpoint: give checkpoint=..."
        )
    _within("trials", asked.trials, 1, MOST_TRIALS)
    _at_least("seq_len", asked.seq_len, 4)
    _at_least("windows_per_epoch", asked.windows_per_epoch, 0)
    _at_least("max_probe_windows", asked.max_probe_windows, LEAST_PROBE_WINDOWS)
    _at_least("horizon", asked.horizon, 1)
    _at_least("timeout", asked.timeout, 0)
    _within("seed", asked.seed, 0, MOST_SEED)
    check_model_name(asked.model_name)
    _check_engine(asked)
    _check_beside(asked)
    _check_also(asked)
    _check_mean(asked)
    _check_trained_again(asked)
    if asked.name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}", asked.name):
        raise StudyError(
            f"name={asked.name!r}: use letters, digits, spaces, '.', '_' and '-', starting with a letter or digit"
        )


def _check_trained_again(asked: StudyParameters) -> None:
    _within("periods", asked.periods, 0, MOST_PERIODS)
    _within("seeds", asked.seeds, 1, MOST_SEEDS)
    for parameter, wanted in (("periods", asked.periods > 0), ("seeds", asked.seeds > 1)):
        if wanted and asked.checkpoint:
            raise StudyError(
                f"{parameter}={getattr(asked, parameter)} trains the winner's variant again, but checkpoint="
                f"{asked.checkpoint!r} is not trained here; leave {parameter} out"
            )
    if asked.periods and is_labelled(asked.data):
        raise StudyError(
            f"periods={asked.periods} divides windows by time, which data={asked.data!r} does not know; leave it out"
        )


def _check_beside(asked: StudyParameters) -> None:
    if not asked.beside:
        if asked.selection == COMPLEMENT:
            raise StudyError("selection='complement' chooses by a table beside the candles: give beside=FILE")
        if asked.on != StudyParameters.on:
            raise StudyError(f"on={asked.on!r} names a column of another table: give beside=FILE")
    elif asked.grid == "rows":
        raise StudyError(
            f"beside={asked.beside!r} needs candles on a grid: of rows on none (grid=rows) nobody knows when each "
            "was complete; leave one out"
        )


def _check_also(asked: StudyParameters) -> None:
    for kind, horizon in parse_other_labels(asked.also):
        _choice("also", kind, ALSO)
        if horizon is not None and horizon < 1:
            raise StudyError(f"also={asked.also!r}: {kind} looks at no candles; give a horizon of 1 or more")
        if kind == "volume" and (horizon or 0) > asked.seq_len:
            raise StudyError(
                f"also={asked.also!r}: volume compares the horizon with as many candles before it: give "
                f"volume:{asked.seq_len} or less"
            )


def _check_mean(asked: StudyParameters) -> None:
    if asked.metric != MEAN:
        return
    if is_labelled(asked.data):
        raise StudyError(f"metric='mean' averages over labels of candles, which data={asked.data!r} has not")
    if asked.label not in ALSO:
        raise StudyError(
            f"metric='mean' averages over labels of two classes, which label={asked.label!r} is not: give "
            f"label={' or '.join(ALSO)}"
        )
    if not parse_other_labels(asked.also):
        raise StudyError("metric='mean' averages over the labels of also=...: name some")
    if asked.periods:
        raise StudyError(f"periods={asked.periods} scores one label, metric='mean' several: leave one out")


def _check_types(asked: StudyParameters) -> None:
    """From Python a number may come as any type: whole ones serve for text and fractions, all else is refused."""
    for field in fields(asked):
        given, kind = getattr(asked, field.name), type(field.default)
        if type(given) is int and kind in (str, float):
            object.__setattr__(asked, field.name, kind(given))
        elif type(given) is not kind:
            raise StudyError(f"{field.name}={given!r}: give a {kind.__name__}, not a {type(given).__name__}")


def _check_engine(asked: StudyParameters) -> None:
    _at_least("trial_timeout", asked.trial_timeout, 0)
    _at_least("gpus_per_trial", asked.gpus_per_trial, 0)
    if asked.workers != "auto" and not (re.fullmatch(r"[0-9]{1,4}", asked.workers) and int(asked.workers)):
        raise StudyError(f"workers={asked.workers!r}: give a number of processes or auto")
    if asked.workers != "auto" and asked.ray:
        raise StudyError(f"workers={asked.workers} and ray={asked.ray!r} exclude each other; leave one out")
    gpus = f"gpus_per_trial={asked.gpus_per_trial:g}"
    if asked.gpus_per_trial and not asked.ray:
        raise StudyError(f"{gpus} is for a Ray cluster: give ray=auto or its address")
    if asked.gpus_per_trial > 1 and asked.gpus_per_trial % 1:
        raise StudyError(f"{gpus}: give a share of one GPU or a whole number")


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


def check_model_name(name: str) -> None:
    """Raise StudyError where a name would break a query of the registry or leave a folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", name):
        raise StudyError(
            f"model_name={name!r}: use letters, digits, '.', '_' and '-', first a letter or digit"
        )
