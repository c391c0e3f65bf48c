"""Opening a study: all bad input is found before anything is written, then one process owns it."""

import contextlib
import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import mlflow
import numpy as np
from filelock import FileLock, Timeout
from mlflow.data.schema import TensorDatasetSchema
from mlflow.types.schema import Schema, TensorSpec

from study.choice import judged_by_the_mean
from study.configuration import MEAN, StudyConfiguration
from study.data import (
    CANDLE,
    INPUTS,
    SPLIT_NAMES,
    StudyData,
    expanding_periods,
    how_windows_are_used,
    prepare,
    windows_digest,
)
from study.display import without_secrets
from study.engines import one_thread_each
from study.errors import StudyError
from study.lifecycle.console import Console
from study.lifecycle.ownership import Ownership, require_same_place
from study.lifecycle.provenance import provenance
from study.lifecycle.resume import take_over_earlier_calls
from study.metrics import names
from study.publish.register import weights_digest
from study.search import (
    CANDLES,
    SPACE,
    WINDOWS,
    OwnerRow,
    Space,
    TrialLedger,
    code_digests,
    default_storage,
    open_storage,
    peek,
    read_space,
    require_same,
    require_same_code,
    study_folder,
    wanted_inputs,
    wants_outcomes,
)
from study.stores import (
    Retry,
    check_database,
    check_tracking,
    find_experiment,
    make_store_whole,
    mend_addresses,
    open_experiment,
    place_of,
    store_exists,
    use_default_store,
)
from study.study import Study
from study.tracking import StoreClaim, Tracking, adopted_run
from study.trials import check_given_network, direction, given_weights, read_given_network
from timesnet import TimesNet

# Parameters that a later call of the same study may change.
FREE = (
    "trials",
    "timeout",
    "name",
    "model_name",
    "selection",
    "also",
    "beside",
    "on",
    "periods",
    "seeds",
    "storage",
    "workers",
    "trial_timeout",
    "ray",
    "gpus_per_trial",
    "mixed",
    "verbose",
)


@contextmanager
def open_study(
    configuration: StudyConfiguration, console: Console
) -> Iterator[tuple[Study, TimesNet | None]]:
    """The study, owned by this process until the context ends, and the network of `probe` where one is given.

    Raises StudyError, one line, for parameters, data, stores or an owner that do not allow it.
    """
    say = console.say
    retry = Retry(say)
    use_default_store()
    check_tracking(retry)
    mend_addresses(say)
    network = None
    if configuration.checkpoint:
        network, configuration = read_given_network(configuration, say)
    inputs = (CANDLE,) if network is not None else wanted_inputs(configuration.space)
    name = configuration.study_name
    storage = configuration.storage or default_storage(name)
    if configuration.storage:
        check_database(storage, f"storage={without_secrets(storage)}", retry)
    found = peek(storage, name)
    claim = _claim(name, retry)
    require_same_place(
        name, claim.require_free(say), found, storage=place_of(storage), has_runs=claim.has_runs
    )
    outcomes = network is None and wants_outcomes(configuration.space)
    data = prepare(configuration, inputs=inputs, outcomes=outcomes)
    if network is not None:
        if data.source.input_kind == "candles" and network.config.enc_in != len(data.features):
            # One of ours that sees the calendar, too.
            data = prepare(configuration, inputs=INPUTS)
        check_given_network(network, data)
    if network is None:
        data = replace(data, pretrained=given_weights(configuration, data, say))
    if configuration.periods:
        expanding_periods(data, configuration.periods)
    space = read_space(
        configuration.space,
        horizon=data.source.horizon,
        seq_len=data.windows.seq_len,
        inputs=INPUTS if network is not None else data.inputs,
        pretrained=None if data.pretrained is None else data.pretrained.shape,
    )
    if configuration.metric == MEAN:
        data = judged_by_the_mean(data, configuration.other_labels)
    _describe(console, data)
    definition, parts = _definition(configuration, space, data, network), code_digests()
    require_same(name, found.definition, definition)
    require_same_code(name, found.codes, parts, begun=found.begun, mixed=configuration.mixed)
    make_store_whole(mlflow.get_tracking_uri())
    with _lock(name), one_thread_each(), retry.alone(), contextlib.ExitStack() as taken:
        database = open_storage(storage, retry)
        row = OwnerRow(database.engine, name, retry)
        row.take(say)
        taken.callback(row.give_back)
        claim.experiment_id = claim.experiment_id or retry.call(
            lambda: open_experiment(mlflow.MlflowClient()), "MLflow"
        )
        claim.take(say)
        taken.callback(claim.give_back)
        ledger = TrialLedger(
            name,
            storage=database,
            direction=direction(configuration.metric),
            seed=configuration.seed,
            definition=definition,
        )
        ledger.note_code(parts)
        claim.settle(f"{place_of(storage)} on {socket.gethostname()}", ledger.enter)
        ownership = Ownership(row, claim)
        taken.callback(ownership.close)
        database.guard = ownership.require
        tracking = Tracking(name, folder=study_folder(name) / "outbox", retry=retry)
        try:
            take_over_earlier_calls(tracking)
            study = Study(
                configuration=configuration,
                data=data,
                space=space,
                ledger=ledger,
                tracking=tracking,
                say=say,
                provenance=provenance(data, seed=configuration.seed),
            )
            _log_start(study)
            yield study, network
            tracking.finish()
        except BaseException as error:
            tracking.abandon("FAILED" if isinstance(error, Exception) else "KILLED")
            raise


@contextmanager
def _lock(name: str) -> Iterator[None]:
    lock = FileLock(study_folder(name) / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StudyError(
            f"study {name!r} is running in another process; give name=... for a second one"
        ) from None
    with lock:
        yield


def _claim(name: str, retry: Retry) -> StoreClaim:
    """What MLflow's store says of the study; nothing is written, a store that does not exist yet is not made."""

    def experiment() -> str | None:
        if not store_exists(mlflow.get_tracking_uri()):
            return None
        client = mlflow.MlflowClient()
        run = adopted_run(client, name)
        found = find_experiment(client) if run is None else run.info
        return None if found is None else str(found.experiment_id)

    return StoreClaim(name, retry, retry.call(experiment, "MLflow"))


def _definition(
    configuration: StudyConfiguration, space: Space, data: StudyData, network: TimesNet | None
) -> dict[str, Any]:
    """What makes two calls calls of one study."""
    # The labels of `also` decide where their mean does.
    free = [key for key in FREE if (key, configuration.metric) != ("also", MEAN)]
    fixed = {key: value for key, value in configuration.to_dict().items() if key not in free}
    candles = {}
    if data.has_candles:
        dates = data.candles.frame["date"]
        candles = {CANDLES: f"{len(dates):,} to {dates.max():%Y-%m-%d %H:%M}, digest {data.digest}"}
    # Files by what they hold: under the same name another network or other candles may stand.
    if network is not None:
        fixed["checkpoint_weights"] = weights_digest(network)
    # None where trials are scored alone, as in studies that were begun before there was anything else.
    fixed["scored_together_with"] = None
    if data.together and data.table is not None:
        fixed["scored_together_with"] = (
            f"{configuration.beside} on {configuration.on}, digest {data.table.digest}"
        )
    if data.pretrained is not None:
        fixed["pretrained_weights"] = data.pretrained.digest
    if data.source.input_kind == "columns":
        # The candles may be the same and other columns, or the scaler's file, not.
        held = hashlib.sha256(np.ascontiguousarray(data.windows.values).tobytes()).hexdigest()[:12]
        fixed["inputs"] = f"{', '.join(data.features)}, scaled, digest {held}"
    return {**fixed, **candles, SPACE: dict(space.entries), WINDOWS: windows_digest(data)}


def _describe(console: Console, data: StudyData) -> None:
    console.say(data.quality.summary())
    for split in SPLIT_NAMES:
        rows = data.split_rows[split]
        period = data.source.period(rows)
        when = f"  {period[0]:%Y-%m-%d %H:%M} to {period[1]:%Y-%m-%d %H:%M} UTC" if period else ""
        console.say(f"  {split:<6} {len(rows):>6} windows{when}  {data.shares_in_words(split, digits=0)}")
    for line in how_windows_are_used(data):
        console.say(f"  {line}")
    console.say()


def _log_start(study: Study) -> None:
    configuration, data, tracking = study.configuration, study.data, study.tracking
    params = {**configuration.shown(), "name": study.name}
    if data.has_candles:
        params["features"] = ",".join(data.features)
    tracking.params(tracking.run_id, params)
    tracking.tag(tracking.run_id, study.tags)
    tracking.datasets(tracking.run_id, configuration.data, split_datasets(data))
    files = {names.DATA_QUALITY: data.quality.to_dict()}
    for key in study.provenance.keys() - study.tags.keys():
        files[names.PROVENANCE.format(key)] = study.provenance[key]
    for artifact, content in files.items():
        tracking.text(tracking.run_id, json.dumps(content, indent=2), artifact)


def split_datasets(data: StudyData) -> dict[str, dict[str, Any]]:
    """Of each split its digest, the shapes of windows and labels, and a profile: windows, dates where there are any,
    class shares.
    """
    window = TensorSpec(np.dtype(np.float32), (-1, data.windows.seq_len, len(data.features)), "windows")
    schema = TensorDatasetSchema(Schema([window]), Schema([TensorSpec(np.dtype(np.int64), (-1,), "labels")]))
    described: dict[str, dict[str, Any]] = {}
    for split, rows in data.split_rows.items():
        period = data.source.period(rows)
        when = {"from": period[0].isoformat(), "to": period[1].isoformat()} if period else {}
        described[split] = {
            "digest": data.split_digest(split),
            "schema": schema.to_dict(),
            "profile": {"windows": len(rows), **when, "class_shares": data.class_shares(split)},
        }
    return described
