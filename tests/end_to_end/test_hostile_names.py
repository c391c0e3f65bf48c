"""Names that come from data are shown as they are, nowhere obeyed."""

import re

import mlflow
import pandas as pd
import pytest

from study.cli import main

from .candle_files import candle_file
from .conftest import SMALL_SPACE

MARKUP = "<img src=x onerror=alert(1)>"
FILE = f"{MARKUP} `a` |b| [c](javascript:d) 'e' \"f\".csv"


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """(folder, client) of a one-trial study of a file, a column and a symbol with markup in their names."""
    folder = tmp_path_factory.mktemp("hostile")
    candle_file(folder)
    frame = pd.read_csv(folder / "candles.csv").tail(500)
    frame.assign(**{"<script>alert(1)</script>": 1, "symbol": "<b>'x'</b>"}).to_csv(
        folder / FILE, index=False
    )
    (folder / "space.yaml").write_text(SMALL_SPACE)
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
    patch.setenv("MLFLOW_EXPERIMENT_NAME", "O'Brien's \"best\"; drop -- `x`")
    patch.delenv("MLFLOW_RUN_ID", raising=False)
    words = ["study", "--data", FILE, "--space", "space.yaml", "--trials", "1", "--seq_len", "8"]
    try:
        assert main(words) == 0
        yield folder, mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    finally:
        patch.undo()


def test_the_study_stays_in_its_folders(studied):
    folder, client = studied
    assert client.get_experiment_by_name("O'Brien's \"best\"; drop -- `x`")
    (name,) = [path.name for path in (folder / "studies").iterdir() if path.is_dir()]
    assert re.fullmatch(r"[A-Za-z0-9._-]+", name)


def test_the_report_escapes_them(studied):
    folder, _ = studied
    pages = [path for path in (folder / "mlartifacts").rglob("*.html")]
    assert {"report.html", "plots.html"} <= {path.name for path in pages}
    report = next(path for path in pages if path.name == "report.html").read_text()
    assert "&lt;img src=x onerror" in report
    for page in pages:
        text = page.read_text()
        assert MARKUP not in text and "<script>alert" not in text and "<b>'x'" not in text


def test_markdown_shows_them_as_text(studied):
    _, client = studied
    experiment = client.get_experiment_by_name("O'Brien's \"best\"; drop -- `x`")
    runs = client.search_runs([experiment.experiment_id])
    notes = [run.data.tags.get("mlflow.note.content", "") for run in runs]
    notes.append(experiment.tags["mlflow.note.content"])
    (model,) = client.search_registered_models()
    (version,) = client.search_model_versions(f"name = '{model.name}'")
    assert "onerror" in version.description
    for text in (*notes, model.description or "", version.description):
        assert MARKUP not in text and not re.search(r"(?<!\\)\]\(javascript:", text)
        for line in text.splitlines():
            if line.startswith("| data |"):
                assert len(re.findall(r"(?<!\\)\|", line)) == 3, line


@pytest.mark.parametrize("name", ["x' or name != '", "../../x", "a/b", '"', "`", "x\ny", ""])
@pytest.mark.parametrize("command", ["promote", "study"])
def test_model_names_cannot_break_a_query_or_leave_a_folder(studied, name, command, capsys):
    words = ["promote", "--version", "1"] if command == "promote" else ["study", "--data", FILE]
    assert main([*words, "--model_name", name]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert "model_name" in line


@pytest.mark.parametrize("name", ["../x", "/tmp/x", ".hidden", "a/b", "x'y", "x\ny"])
def test_study_names_cannot_leave_their_folder(studied, name, capsys):
    folder, _ = studied
    before = sorted(folder.rglob("*"))
    assert main(["study", "--data", FILE, "--name", name]) == 2
    assert "name=" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before
