"""The champion moves only to a better version on the same data, label and metric."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import permutations

import mlflow
import pytest

import study.publish.champion as champion_module
import study.publish.registry as registry_module
from study.errors import StudyError
from study.publish.champion import CHALLENGER, CHAMPION, other_versions, place, promote, reason_to_stay


@dataclass(frozen=True)
class Registry:
    """One registered model of its own in a store that all tests here share."""

    client: mlflow.MlflowClient
    name: str

    @property
    def aliases(self):
        found = self.client.get_registered_model(self.name).aliases
        return {alias: str(number) for alias, number in found.items()}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"


@pytest.fixture
def registry(store, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    (tmp_path / "model").mkdir()
    client = mlflow.MlflowClient(tracking_uri=store, registry_uri=store)
    return Registry(
        client, client.create_registered_model(request.node.name.replace("[", "-").rstrip("]")).name
    )


def version(registry, score, *, digest="d", label="volatility", metric="auc", **more):
    tags = {"corrected_score": str(score), "data_digest": digest, "label": label, "metric": metric, **more}
    tags["data"] = f"{digest}.csv"
    return registry.client.create_model_version(registry.name, "model", tags=tags)


def placed(registry, *versions):
    stream = io.StringIO()
    for each in versions:
        place(registry.client, each, lambda line: print(line, file=stream))
    aliases = registry.aliases
    return aliases.get(CHAMPION), aliases.get(CHALLENGER), stream.getvalue()


def test_the_first_version_is_champion(registry):
    assert placed(registry, version(registry, 0.6))[:2] == ("1", None)


def test_a_better_version_takes_over(registry):
    assert placed(registry, version(registry, 0.6), version(registry, 0.61))[0] == "2"


@pytest.mark.parametrize("score", [0.6, 0.59])
def test_one_that_is_not_better_is_challenger(registry, score):
    champion, challenger, said = placed(registry, version(registry, 0.6), version(registry, score))
    assert (champion, challenger) == ("1", "2")
    assert "not better" in said


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"digest": "e"}, "was trained on other data (d.csv), so"),
        ({"label": "direction"}, "predicts another label (volatility), so"),
        ({"metric": "accuracy"}, "was chosen by another metric (auc), so"),
    ],
)
def test_on_other_data_label_or_metric_it_never_takes_over_silently(registry, other, why):
    champion, challenger, said = placed(registry, version(registry, 0.6), version(registry, 0.9, **other))
    assert (champion, challenger) == ("1", "2")
    assert f"version 2 is the challenger: the champion, version 1, {why}" in said


@pytest.mark.parametrize("old", [{}, {"beats_baseline": "false"}])
@pytest.mark.parametrize("other", [{}, {"digest": "e"}, {"label": "direction"}])
def test_one_that_beats_the_baselines_takes_over_from_one_that_does_not_and_never_gives_way_to_it(
    registry, old, other
):
    loses = version(registry, 0.9, **old)
    beats = version(registry, 0.6, beats_baseline="true", **other)
    better = version(registry, 0.95, **old)
    assert placed(registry, loses, beats)[:2] == ("2", None)
    champion, challenger, said = placed(registry, better)
    assert (champion, challenger) == ("2", "3")
    assert "beats its baselines on test, which this one does not" in said


def test_of_two_that_beat_the_baselines_the_better_one_is_champion(registry):
    first, second = (version(registry, score, beats_baseline="true") for score in (0.6, 0.7))
    assert placed(registry, second, first)[0] == str(second.version)


def test_other_data_under_the_same_name_are_not_named_as_if_they_were_others():
    old, new = ({"data_digest": digest, "data": "candles.csv"} for digest in "ab")
    assert reason_to_stay(old, new) == "was trained on other data, so their scores can't be compared"


def test_a_layer_that_knows_the_future_never_stands_before_one_that_does_not():
    honest, leaking = {"beats_baseline": "false"}, {"beats_baseline": "true", "leak": "input 'return' is …"}
    assert (
        reason_to_stay(honest, leaking) == "has inputs that know nothing of the future, which this one's do"
    )
    assert reason_to_stay(leaking, honest) is None


def test_lower_is_better_where_the_metric_says_so(registry):
    first, second = (version(registry, score, metric="log_loss") for score in (0.6, 0.5))
    assert placed(registry, first, second)[0] == "2"


def test_placing_twice_changes_nothing(registry):
    only = version(registry, 0.6)
    assert placed(registry, only, only) == ("1", None, "")


@pytest.mark.parametrize("scores", sorted(permutations((0.5, 0.7, 0.6, 0.65)))[::3])
def test_studies_that_finish_at_the_same_time_leave_the_best_one(registry, scores):
    versions = [version(registry, score) for score in scores]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: place(registry.client, each, print), versions))
    assert registry.aliases[CHAMPION] == str(versions[scores.index(0.7)].version)


def test_one_that_saw_an_older_champion_gives_way_to_the_better_one_that_came_between(registry, monkeypatch):
    first, better, late = (version(registry, score) for score in (0.5, 0.7, 0.65))
    placed(registry, first, better)
    seen = [str(first.version)]
    real = champion_module._alias
    monkeypatch.setattr(champion_module, "_alias", lambda *asked: seen.pop() if seen else real(*asked))
    champion, challenger, said = placed(registry, late)
    assert (champion, challenger) == (str(better.version), str(late.version))
    assert "registered meanwhile" in said


def test_the_other_versions_are_named_by_what_loads_them(registry):
    for score in (0.6, 0.5, 0.55):
        placed(registry, version(registry, score))
    assert other_versions(f"models:/{registry.name}/1") == [
        f"models:/{registry.name}@{CHALLENGER} (version 3)",
        f"models:/{registry.name}/2",
    ]
    assert other_versions("models:/nobody/1") == other_versions("runs:/1/embedder") == []


def test_promote_by_hand(registry, capsys):
    placed(registry, version(registry, 0.6), version(registry, 0.5))
    promote(version=2, model_name=registry.name)
    assert registry.aliases == {CHAMPION: "2"}
    assert "version 2" in capsys.readouterr().out
    with pytest.raises(StudyError, match="no version 9; registered versions: 2, 1"):
        promote(version=9, model_name=registry.name)
    with pytest.raises(StudyError, match="'nobody' has no version 1"):
        promote(version=1, model_name="nobody")


def test_a_study_that_did_not_see_a_better_one_arrive_gives_way_to_it(registry, monkeypatch):
    """As on two machines: one decides by what it has read, while the other one comes and goes."""
    placed(registry, version(registry, 0.5))
    slow, quick = version(registry, 0.6), version(registry, 0.7)
    original = registry.client.set_registered_model_alias

    def interrupted(*parts):
        monkeypatch.undo()
        place(registry.client, quick, print)
        original(*parts)

    monkeypatch.setattr(registry.client, "set_registered_model_alias", interrupted)
    assert placed(registry, slow)[:2] == (str(quick.version), str(slow.version))


def test_a_champion_chosen_by_hand_is_not_undone_by_an_old_rival(registry, capsys):
    placed(registry, version(registry, 0.5), version(registry, 0.7))
    promote(version=1, model_name=registry.name)
    assert placed(registry, version(registry, 0.6))[0] == "3"


def test_what_a_person_wrote_about_the_model_stays(registry):
    new = f"{registry.name}-new"
    registry_module._create_name(registry.client, new)
    assert f"models:/{new}@champion" in registry.client.get_registered_model(new).description
    registry.client.update_registered_model(new, description="mine")
    registry_module._create_name(registry.client, new)
    assert registry.client.get_registered_model(new).description == "mine"
