"""A trial's record on disk: predictions that are read when they are asked for."""

import json

import numpy as np
import pytest

from study.errors import StudyError
from study.trials.record import TrialRecord
from tests.study.choice.test_choose import made_up, predictions, record


@pytest.fixture
def written(tmp_path):
    data = made_up()
    y = data.labels[data.splits.select]
    trial = record([predictions(y, strength, seed) for seed, strength in enumerate((0.5, 1.0, 1.5))])
    trial.write(tmp_path)
    return trial, tmp_path


def test_predictions_read_back_are_those_written(written):
    trial, folder = written
    found = TrialRecord.read(folder).predictions
    assert found.shape == trial.predictions.shape
    np.testing.assert_array_equal(np.asarray(found), trial.predictions)
    for row in range(3):
        np.testing.assert_array_equal(found[row], trial.predictions[row])


def test_a_damaged_file_is_named_at_once(written):
    _, folder = written
    path = folder / "predictions.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(StudyError, match="can't be read"):
        TrialRecord.read(folder)


def test_predictions_of_another_trial_are_refused(written):
    _, folder = written
    values = json.loads((folder / "result.json").read_text())
    values["candidates"].pop()
    (folder / "result.json").write_text(json.dumps(values))
    with pytest.raises(StudyError, match="predictions of 3 candidates, not 2"):
        TrialRecord.read(folder)
