"""The notes of a study run and of an experiment."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from study.choice.answer import Answer
from study.choice.leaderboard import LayerSummary
from study.choice.outcome import BaselineOutcome, Outcome, Scored
from study.display.markdown import code
from study.metrics import names
from study.publish.experiment_note import BOUNDARY, StudyLine, compose
from study.publish.study_note import progress_note, verdict_note
from study.tracking.links import host, ui_command
from study.trials.record import Candidate

ANSWER = Answer("layer_a", "so much", "this")


class Intervals:
    """What a note asks of a choice: intervals, and which candidates are twins."""

    twins = ()

    def interval(self, key):
        return 0.5, 0.9

    def same_answer(self, one, other):
        return one == other or {one[1], other[1]} <= set(self.twins)


def candidate(layer, score, pooling="mean"):
    return Candidate(
        layer=layer,
        pooling=pooling,
        depth=0,
        dim=4,
        C=1.0,
        C_on_edge=False,
        k=5,
        k_on_edge=False,
        converged=True,
        tune_score=score,
        scores={"auc": score},
        knn_scores={"auc": score - 0.01},
        separability={"silhouette": 0.1},
        unavailable={},
    )


def finished_study(layer_names, *, winner=0):
    """(outcome, layers, choice) of a study whose layers score less and less."""
    best = [candidate(name, 0.9 - 0.3 * i / len(layer_names)) for i, name in enumerate(layer_names)]
    keys = tuple((0, *one.key) for one in best)
    scored = Scored(0.7, 0.6, 0.8)
    outcome = Outcome(
        metric="auc",
        trial=0,
        winner=best[winner],
        candidates=len(best),
        distinct=len(best),
        select=scored,
        test=scored,
        corrected=0.65,
        baselines=(
            BaselineOutcome(
                name="raw window",
                kind="baseline",
                candidate=candidate("raw window", 0.85),
                select=scored,
                test=scored,
            ),
        ),
        advantage=Scored(0.01, -0.02, 0.04),
        lead=Scored(0.01, -0.02, 0.04),
        spa_p_value=0.4,
        confidence_set=frozenset(keys[:2]),
        distinct_not_ruled_out=2,
        n_blocks=12.0,
        runner_up=None,
        openings=({"candidate": "x", "at": "2024-01-01T00:00:00+00:00"},),
    )
    layers = [
        LayerSummary(
            layer=one.layer,
            module_type="Conv2d",
            number=i,
            best_trial=0,
            best=one,
            scores={0: one.scores["auc"]},
            mean_score=one.scores["auc"],
            mean_rank=1.0 + i,
            wins=0,
        )
        for i, one in enumerate(best)
    ]
    return outcome, layers, Intervals()


def rows_of(note):
    return [line for line in note.splitlines() if re.match(r"\| \d+ \|", line)]


def test_the_first_line_is_the_verdict_and_every_layer_is_listed():
    outcome, layers, choice = finished_study([f"model.{i}" for i in range(20)])
    note = verdict_note(outcome, layers, choice, answer=ANSWER)
    assert note.splitlines()[0] == r"**Which?** layer\_a"
    assert outcome.headline()[:20] in note and "statisticians" in note
    rows = rows_of(note)
    assert len(rows) == 21
    assert sum("the winner" in row for row in rows) == 1
    assert sum(row.endswith("| yes |") for row in rows) == 2
    cells = {row.count("|") for row in rows}
    assert len(cells) == 1


def test_layers_that_give_the_same_answer_share_a_row_and_the_lead_over_the_baseline_is_in_sight():
    outcome, layers, choice = finished_study(["a", "b", "c"])
    choice.twins = ("a", "c")
    rows = rows_of(verdict_note(outcome, layers, choice, answer=ANSWER))
    (twin,) = [row for row in rows if "`c`" in row]
    assert "`a`" in twin and "(also: `c`)" in twin and len(rows) == 3
    assert twin.split(" | ")[2] == "+0.200"


def test_rows_that_are_no_baselines_are_shown_with_their_kind_and_no_verdict_is_against_them():
    outcome, layers, choice = finished_study(["a", "b"])
    logits = replace(outcome.baselines[0], name="projection of trial 3", kind="prediction")
    beside = replace(outcome, baselines=(logits, *outcome.baselines))
    assert beside.headline() == outcome.headline()
    rows = rows_of(verdict_note(beside, layers, choice, answer=ANSWER))
    assert sum("*prediction: projection of trial 3*" in row for row in rows) == 1
    assert sum("*baseline: raw window*" in row for row in rows) == 1


def test_a_pooling_with_a_bar_in_its_name_adds_no_column():
    outcome, layers, choice = finished_study(["a", "b"])
    layers = [replace(layer, best=replace(layer.best, pooling="mean|last")) for layer in layers]
    rows = rows_of(verdict_note(replace(outcome, winner=layers[0].best), layers, choice, answer=ANSWER))
    assert sum("mean\\|last" in row for row in rows) == 2
    assert len({row.replace("\\|", "").count("|") for row in rows}) == 1


def test_a_winner_that_is_not_its_layers_best_is_listed_too():
    outcome, layers, choice = finished_study(["a", "b", "c"], winner=2)
    rows = rows_of(verdict_note(outcome, layers[:2], choice, answer=ANSWER))
    assert [row for row in rows if "the winner" in row and "`c`" in row]


@pytest.mark.parametrize("count", [1, 60, 400, 3000])
def test_the_note_fits_into_a_tag_whatever_the_number_of_layers(count):
    outcome, layers, choice = finished_study([f"model.{i}.conv.0.kernels.{i}" for i in range(count)])
    pages = {f"page {i}": "#/" + "x" * 120 for i in range(9)}
    note = verdict_note(outcome, layers, choice, answer=ANSWER, pages=pages)
    assert len(note) < 8000
    shown = len(rows_of(note))
    if shown < count + 1:
        assert f"and {count + 1 - shown} more" in note
        assert shown > 20


def test_names_from_outside_cannot_break_the_table():
    outcome, layers, choice = finished_study(["a|b`c\nd", "<script>"])
    rows = rows_of(verdict_note(outcome, layers, choice, answer=ANSWER))
    assert len(rows) == 3
    assert len({row.count("|") for row in rows}) == 1
    assert all("`<script>`" in row for row in rows if "script" in row)
    assert code("a`b") == "`a'b`"


def test_progress_is_never_blank():
    assert "0 of 5" in progress_note(done=0, wanted=5, metric="auc", best=None)
    assert "0.712 (trial 3)" in progress_note(done=4, wanted=5, metric="auc", best=(0.712, 3))


def test_the_banner_is_the_newest_study_and_own_text_stays():
    one = StudyLine(
        "one", "layer a beats raw window", {"leaderboard": "#/1", "search": "#/2", "report": "#/3"}
    )
    two = StudyLine("two", "layer b beats raw window", {})
    note = compose([one], "My own thoughts.\n\n- a list")
    assert note.splitlines()[0] == "layer a beats raw window · [report](#/3) · [leaderboard](#/1)"
    assert "\nStudy: one · [search](#/2)\n" in note
    assert note.rstrip().endswith("My own thoughts.\n\n- a list")
    again = compose([two, one], note)
    assert (
        again.splitlines()[0].startswith("layer b")
        and "- layer a beats raw window" in again
        and "(one)" in again
    )
    assert again.count("My own thoughts.") == 1 and again.count(BOUNDARY) == 1
    assert compose([two, one], again) == again
    assert BOUNDARY in compose([one], "")


def test_many_studies_fit_into_the_note():
    line = StudyLine("s" * 128, "x" * 300, {f"page {i}": "#/" + "x" * 150 for i in range(9)})
    note = compose([line] * 200, "own text")
    assert len(note) < 20_000
    assert note.count("\n- xxx") >= 5 and note.endswith("own text\n")


@pytest.mark.parametrize(
    ("uri", "wanted"),
    [
        ("sqlite:///mlflow.db", "http://127.0.0.1:5000"),
        ("http://tracking:8080/", "http://tracking:8080"),
        ("https://me:secret@host/mlflow/", "https://host/mlflow"),
    ],
)
def test_links_have_a_host_and_no_password(uri, wanted, monkeypatch):
    monkeypatch.delenv("MLFLOW_PORT", raising=False)
    assert host(uri) == wanted


def test_links_and_the_line_that_opens_the_ui_name_the_same_port_and_an_absolute_store(tmp_path, monkeypatch):
    folder = tmp_path / "a folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MLFLOW_PORT", "6123")
    assert host("sqlite:///mlflow.db") == "http://127.0.0.1:6123"
    assert host("http://tracking:8080") == "http://tracking:8080"
    for uri in ("sqlite:///mlflow.db", f"sqlite:///{folder}/mlflow.db"):
        program, *words = shlex.split(ui_command(uri))
        assert words == ["ui", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--port", "6123"]
        assert Path(program).name == "mlflow"
    monkeypatch.delenv("MLFLOW_PORT")
    assert "--port" not in ui_command("sqlite:///mlflow.db")


def test_bounds_are_named_after_their_metric():
    assert names.low(names.select("auc")) == "select_auc_low"
    assert names.high(names.test("mcc")) == "test_mcc_high"
