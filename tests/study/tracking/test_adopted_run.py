"""A run that `mlflow run` started says what it was for and why it failed."""

import mlflow
import pytest

import study.commands.layers as layers_module
from study.cli import main
from study.errors import StudyError
from study.tracking import adopted_run
from tests.end_to_end.faulty_server import free_port


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"


@pytest.fixture
def started(store, tmp_path, monkeypatch):
    """A new run, as `mlflow run` makes one for a command; call it to read the run again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    client = mlflow.MlflowClient(tracking_uri=store)
    run_id = client.create_run("0").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", run_id)
    return lambda: client.get_run(run_id)


def error_line(capsys):
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("error: ")


def test_a_command_that_succeeds_names_its_run(started):
    assert main(["layers"]) == 0
    run = started()
    assert run.info.run_name == "layers auto"
    assert "mlflow.note.content" not in run.data.tags


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["extract", "--data", "some/odd.csv"], "extract odd.csv"),
        (["extract", "--outptu", "x"], "extract"),
        (["layers", "--checkpoint", "gone/checkpoint.pth"], "layers checkpoint.pth"),
        (["promote", "--version", "7"], "promote timesnet-embedder 7"),
        (["fetch", "--exchange", "nowhere", "--since", "x", "--output", "x"], "fetch BTC/USDT"),
        (["study", "--data", "odd.csv"], "study odd.csv"),
        (["study", "--trials", "0"], "study btc-15min"),
    ],
)
def test_a_command_that_fails_says_why_in_its_note(started, capsys, arguments, name):
    assert main(arguments) == 2
    run = started()
    assert run.info.run_name == name
    assert run.data.tags["mlflow.note.content"] == f"`{error_line(capsys)}`"


def test_a_defect_is_noted_too(started, monkeypatch):
    def failing(**_):
        raise RuntimeError("no such\nkernel")

    monkeypatch.setattr(layers_module, "print_layers", failing)
    with pytest.raises(RuntimeError):
        main(["layers"])
    assert started().data.tags["mlflow.note.content"] == "`RuntimeError: no such kernel`"


def test_a_run_that_is_a_study_keeps_its_own_name_and_note(started, store):
    client, run_id = mlflow.MlflowClient(tracking_uri=store), started().info.run_id
    client.set_tag(run_id, "study", "mine")
    client.set_tag(run_id, "mlflow.note.content", "3 of 20 trials done.")
    before = started().info.run_name
    assert main(["study", "--trials", "0"]) == 2
    assert started().info.run_name == before
    assert started().data.tags["mlflow.note.content"] == "3 of 20 trials done."


def test_a_store_that_fails_does_not_hide_the_error(started, capsys, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    assert main(["layers", "--checkpoint", "gone.pth"]) == 2
    assert "gone.pth" in error_line(capsys)
    assert main(["layers"]) == 0


def test_without_a_run_mlflow_is_not_asked(started, monkeypatch):
    asked = []
    monkeypatch.delenv("MLFLOW_RUN_ID")
    monkeypatch.setattr(mlflow, "MlflowClient", lambda *given, **named: asked.append(given))
    assert main(["layers"]) == 0
    assert main(["layers", "--checkpoint", "gone.pth"]) == 2
    assert not asked


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda client, run: client.set_terminated(run), r"has ended \(FINISHED\)"),
        (lambda client, run: client.delete_run(run), "is deleted"),
        (
            lambda client, run: client.set_tag(run, "mlflow.source.type", "NOTEBOOK"),
            "was not started by `mlflow run`",
        ),
        (lambda client, run: client.set_tag(run, "study", "another"), "belongs to study 'another'"),
    ],
)
def test_a_run_left_from_something_else_is_refused_and_left_as_it_is(started, store, capsys, change, why):
    client = mlflow.MlflowClient(tracking_uri=store)
    change(client, started().info.run_id)
    before = started().to_dictionary()
    with pytest.raises(StudyError, match=f"that run {why}; unset MLFLOW_RUN_ID"):
        adopted_run(client, "mine")
    assert main(["study", "--name", "mine"]) == 2
    assert f"that run {why.replace(chr(92), '')}; unset MLFLOW_RUN_ID" in error_line(capsys)
    assert started().to_dictionary() == before


def test_a_run_that_the_store_does_not_have_is_refused(started, store, monkeypatch):
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
    with pytest.raises(StudyError, match="no such run in this MLflow store; unset MLFLOW_RUN_ID"):
        adopted_run(mlflow.MlflowClient(tracking_uri=store), "mine")
