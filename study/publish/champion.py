"""Which version of a registered model is the champion, that loads where no version is named."""

import re
import time
from collections.abc import Callable, Mapping

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from study.configuration import check_model_name
from study.errors import StudyError
from study.stores import Retry
from study.trials import utility
from timesnet.extractor import LEAK

CHAMPION, CHALLENGER = "champion", "challenger"
# Tags of a version that decide whether two of them compare, and what a champion has done whose tag differs.
COMPARABLE = {
    "data_digest": "was trained on other data",
    "label": "predicts another label",
    "metric": "was chosen by another metric",
    "together_with": "was scored with another table at its side",
}
# The tag of a version that says, "true" or "false", whether its layer beats the baselines on test.
BEATS_BASELINE = "beats_baseline"
# The tag that tells a person what another one says.
SHOWN = {"data_digest": "data"}
# Tag of a version that became champion: the number of the one before and when, in seconds since 1970.
DISPLACES = "displaces"
# Seconds between two studies that may not have seen each other, their machines' clocks included.
SAME_TIME = 600.0


def promote(*, version: int, model_name: str) -> None:
    """Make a version the champion by hand.

    Raises StudyError when there is no such version.
    """
    from study.stores.check import check_tracking
    from study.stores.defaults import use_default_store

    check_model_name(model_name)
    use_default_store()
    check_tracking(Retry(print))
    client = mlflow.MlflowClient()
    found = [v for v in versions_of(client, model_name) if int(v.version) == version]
    if not found:
        known = ", ".join(str(v.version) for v in versions_of(client, model_name)) or "none"
        raise StudyError(f"model {model_name!r} has no version {version}; registered versions: {known}")
    for contender in versions_of(client, model_name):
        if DISPLACES in contender.tags:  # a person's word ends what studies had between them
            client.delete_model_version_tag(model_name, contender.version, DISPLACES)
    client.set_registered_model_alias(model_name, CHAMPION, str(version))
    if _alias(client, model_name, CHALLENGER) == str(version):
        client.delete_registered_model_alias(model_name, CHALLENGER)
    print(f"models:/{model_name}@{CHAMPION} is now version {version}")


def other_versions(uri: str) -> list[str]:
    """The other versions of the model of `models:/NAME/VERSION`, the newest first, by an alias where they have one.

    Empty where there are none, the URI is of another kind, or the registry does not answer.
    """
    asked = re.fullmatch(r"models:/([^/@]+)/(\d+)", uri)
    if asked is None:
        return []
    name, client = asked[1], mlflow.MlflowClient()
    try:
        numbers = sorted((int(version.version) for version in versions_of(client, name)), reverse=True)
        aliases = {int(number): alias for alias, number in client.get_registered_model(name).aliases.items()}
    except MlflowException:
        return []
    return [
        f"models:/{name}@{aliases[number]} (version {number})"
        if number in aliases
        else f"models:/{name}/{number}"
        for number in numbers
        if number != int(asked[2])
    ]


def place(client: mlflow.MlflowClient, version: ModelVersion, say: Callable[[str], None]) -> None:
    """Champion if there is none, if this one alone beats the baselines, or if it scores better on the same data, label
    and metric; else challenger.

    MLflow can't move an alias on the condition that no one else has. Studies that end at the same time, on any
    machine, settle it between them: each says that it displaces a champion *before* it moves the alias, looks for
    others that say so *after*, and moves it on until it rests on the best of them. So the last to look leaves the best.
    """
    name, number = version.name, str(version.version)
    holder = _alias(client, name, CHAMPION)
    if holder is not None and holder != number:
        why = reason_to_stay(client.get_model_version(name, holder).tags, version.tags)
        if why is not None:
            _set_alias(client, name, CHALLENGER, number)
            say(f"version {number} is the challenger: the champion, version {holder}, {why}")
            return
    if holder != number:
        client.set_model_version_tag(name, number, DISPLACES, f"{holder or 'none'} at {time.time():.0f}")
        _set_alias(client, name, CHAMPION, number)
    while (best := _best_contender(client, name, number)) and _alias(client, name, CHAMPION) != best:
        _set_alias(client, name, CHAMPION, best)
    if best not in (None, number):
        _set_alias(client, name, CHALLENGER, number)
        say(f"version {number} is the challenger: version {best}, registered meanwhile, scores better")


def _best_contender(client: mlflow.MlflowClient, name: str, number: str) -> str | None:
    """The best of the versions that displaced a champion within a few minutes; None if this one displaced none."""
    contenders = {int(v.version): v for v in versions_of(client, name) if DISPLACES in v.tags}
    if int(number) not in contenders:
        return None
    at = _displaced_at(contenders[int(number)])
    best = contenders[int(number)]
    for _, contender in sorted(contenders.items()):
        if (
            abs(_displaced_at(contender) - at) <= SAME_TIME
            and reason_to_stay(best.tags, contender.tags) is None
        ):
            best = contender
    return str(best.version)


def _displaced_at(version: ModelVersion) -> float:
    return float(version.tags[DISPLACES].rpartition(" at ")[2])


def reason_to_stay(champion: Mapping[str, str], version: Mapping[str, str]) -> str | None:
    """What the champion has done by which it keeps its place against a new version, by their tags; None if nothing.

    A layer that beats the baselines goes before one that does not, whatever they were trained on: who loads by name
    gets a layer that is worth more than no network, where there is one. Before that goes one whose inputs do not know
    the future.
    """
    old_leaks, new_leaks = (LEAK in tags for tags in (champion, version))
    if old_leaks != new_leaks:
        return "has inputs that know nothing of the future, which this one's do" if new_leaks else None
    old_beats, new_beats = (tags.get(BEATS_BASELINE) == "true" for tags in (champion, version))
    if old_beats != new_beats:
        return "beats its baselines on test, which this one does not" if old_beats else None
    for tag, words in COMPARABLE.items():
        if champion.get(tag) != version.get(tag):
            said = champion.get(SHOWN.get(tag, tag), "")
            # Files of one name may hold other candles.
            which = f" ({said})" if said and said != version.get(SHOWN.get(tag, tag)) else ""
            return f"{words}{which}, so their scores can't be compared"
    if not all("corrected_score" in tags for tags in (champion, version)):
        return "stays, since a layer that was chosen by hand has no score to compare"
    metric = version["metric"]
    old, new = float(champion["corrected_score"]), float(version["corrected_score"])
    if utility(metric, new) > utility(metric, old):
        return None
    return f"has a corrected select {metric} of {old:.4f}, and {new:.4f} is not better"


def versions_of(client: mlflow.MlflowClient, model_name: str) -> list[ModelVersion]:
    return list(client.search_model_versions(f"name = '{model_name}'"))


def _set_alias(client: mlflow.MlflowClient, model_name: str, alias: str, number: str) -> None:
    try:
        client.set_registered_model_alias(model_name, alias, number)
    except MlflowException:
        # MLflow looks for the alias and then inserts it: the second of two first ones is refused.
        if _alias(client, model_name, alias) is None:
            raise


def _alias(client: mlflow.MlflowClient, model_name: str, alias: str) -> str | None:
    try:
        return str(client.get_model_version_by_alias(model_name, alias).version)
    except MlflowException as error:
        # An outage must not look like a free place.
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None
