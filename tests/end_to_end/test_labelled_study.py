"""A study of windows that came with their labels."""

import contextlib
import importlib.util
import io

import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException

from study.baselines.minirocket import minirocket_installed
from study.data.archives import labelled_files
from study.data.ts_files import read_ts

from .conftest import SMALL_SPACE, copy_project

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("aeon") is None, reason="aeon is not installed: pip install --no-deps aeon"
)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """(project, what was printed) of a finished study of two trials on a small set of the archive."""
    project = copy_project(tmp_path_factory.mktemp("labelled"))
    (project.folder / "small.yaml").write_text(SMALL_SPACE.replace("batch_size: 128", "batch_size: 16"))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = project.command(
            "study", "--data", "uea:ItalyPowerDemand", "--trials", "2", "--space", "small.yaml"
        )
    assert code == 0, said.getvalue()
    return project, said.getvalue()


def test_it_ends_with_a_verdict_and_runs_for_trials_layers_and_baselines(labelled):
    project, text = labelled
    assert "67 train and 1029 test windows of 24 steps" in text and "predict(windows)" in text
    (study,) = project.runs(kind="study")
    assert study.info.status == "FINISHED" and study.data.tags["study"] == "study-uea-ItalyPowerDemand-seed0"
    assert 0 <= study.data.metrics["test_auc_low"] <= study.data.metrics["test_auc"] <= 1
    assert len(project.runs(kind="trial")) == 2
    assert len(project.runs(kind="layer")) >= 25
    rows = [run.data.params["layer_kind"] for run in project.runs(kind="baseline")]
    assert rows.count("prediction") == 1 and rows.count("reference") == 0
    assert rows.count("baseline") == 5 + minirocket_installed()
    artifacts = {file.path for file in project.client.list_artifacts(study.info.run_id, "report")}
    assert "report/report.html" in artifacts


def test_the_registered_model_takes_arrays(labelled):
    project, _ = labelled
    (version,) = project.client.search_model_versions("name = 'timesnet-embedder'")
    assert "array (n, 24, 1)" in version.description
    mlflow.set_tracking_uri(project.uri)
    model = mlflow.pyfunc.load_model(f"models:/timesnet-embedder/{version.version}")
    windows = np.stack(read_ts(labelled_files("uea:ItalyPowerDemand")[1]).series)
    vectors = model.predict(windows)
    assert vectors.shape == (1029, int(version.tags["dim"])) and np.isfinite(vectors).all()
    np.testing.assert_allclose(model.predict(windows[5:6])[0], vectors[5], rtol=1e-4, atol=1e-5)
    with pytest.raises(MlflowException, match=r"needs \(n, 24, 1\)"):
        model.predict(windows[:, :20])


def test_extract_says_in_one_line_what_to_do_instead(labelled, capsys):
    project, _ = labelled
    assert project.command("extract", "--data", "uea:ItalyPowerDemand") == 2
    assert "as an array" in capsys.readouterr().err
