"""The model registry: registering a study's winner, moving the champion."""

import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
from filelock import FileLock
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from study.console import Console
from study.errors import StudyError
from study.ranking import utility
from timesnet import Extractor, pyfunc_parts

CHAMPION, CHALLENGER = "champion", "challenger"
# Tags of a version that decide whether two of them compare.
COMPARABLE = ("data_digest", "label", "metric")


def register(
    extractor: Extractor,
    *,
    model_name: str,
    run_id: str,
    tags: Mapping[str, Any],
    description: str,
    console: Console,
) -> ModelVersion:
    """Log the extractor as a pyfunc model on the study run, register it and decide on its alias.

    Registering the same study's same winner again, after a crash say, finds the version that is there.
    """
    client = mlflow.MlflowClient()
    identity = {key: str(tags[key]) for key in ("study", "candidate", "data_digest", "checkpoint_digest")}
    version = next(
        (v for v in _versions(client, model_name) if identity.items() <= v.tags.items()),
        None,
    )
    if version is None:
        uri = _log(extractor, run_id)
        try:
            client.create_registered_model(model_name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        version = client.create_model_version(
            model_name,
            uri,
            run_id=run_id,
            # A server refuses a logged model as a version's source unless its id is named too.
            model_id=uri.removeprefix("models:/"),
            tags={key: str(value) for key, value in tags.items()},
            description=description,
        )
    place(client, version, console)
    return version


def promote(*, version: int, model_name: str) -> None:
    """Make a version the champion by hand.

    Raises StudyError when there is no such version.
    """
    from study.tracking import use_default_store

    use_default_store()
    client = mlflow.MlflowClient()
    found = [v for v in _versions(client, model_name) if int(v.version) == version]
    if not found:
        known = ", ".join(str(v.version) for v in _versions(client, model_name)) or "none"
        raise StudyError(f"model {model_name!r} has no version {version}; registered versions: {known}")
    client.set_registered_model_alias(model_name, CHAMPION, str(version))
    if _alias(client, model_name, CHALLENGER) == str(version):
        client.delete_registered_model_alias(model_name, CHALLENGER)
    print(f"models:/{model_name}@{CHAMPION} is now version {version}")


def place(client: mlflow.MlflowClient, version: ModelVersion, console: Console) -> None:
    """Champion if there is none or this one scores better on the same data, label and metric; else challenger.

    A file lock beside the studies lets two studies that finish at the same time here decide one after the other.
    """
    name, number = version.name, str(version.version)
    folder = Path("studies")
    folder.mkdir(exist_ok=True)
    with FileLock(folder / f"{name}.registry.lock"):
        holder = _alias(client, name, CHAMPION)
        if holder == number:
            return
        why = None
        if holder is not None:
            champion = client.get_model_version(name, holder)
            why = reason_to_stay(champion.tags, version.tags)
        if why is None:
            client.set_registered_model_alias(name, CHAMPION, number)
            return
        client.set_registered_model_alias(name, CHALLENGER, number)
    console.say(f"version {number} is the challenger: {why}; champion stays version {holder}")
    console.say(f"  to promote it by hand: mlflow run . -e promote -P version={number} -P model_name={name}")


def reason_to_stay(champion: Mapping[str, str], version: Mapping[str, str]) -> str | None:
    """Why the champion keeps its place against a new version, by their tags; None when it does not."""
    for tag in COMPARABLE:
        if champion.get(tag) != version.get(tag):
            return (
                f"its {tag.replace('_', ' ')} is {version.get(tag)!r}, the champion's {champion.get(tag)!r}"
            )
    metric = version["metric"]
    old, new = float(champion["corrected_score"]), float(version["corrected_score"])
    if utility(metric, new) > utility(metric, old):
        return None
    return f"its corrected select {metric} {new:.4f} is not better than the champion's {old:.4f}"


def _log(extractor: Extractor, run_id: str) -> str:
    with tempfile.TemporaryDirectory(prefix="layer-study-") as folder:
        extractor.save(Path(folder) / "extractor")
        parts = pyfunc_parts(Path(folder) / "extractor", Path(folder) / "code")
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        with mlflow.start_run(run_id=run_id):
            return str(mlflow.pyfunc.log_model(name="embedder", **parts).model_uri)


def _versions(client: mlflow.MlflowClient, model_name: str) -> list[ModelVersion]:
    return list(client.search_model_versions(f"name = '{model_name}'"))


def _alias(client: mlflow.MlflowClient, model_name: str, alias: str) -> str | None:
    try:
        return str(client.get_model_version_by_alias(model_name, alias).version)
    except MlflowException:
        return None
