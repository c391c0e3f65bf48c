"""What `extract` refuses before it reads anything, and what it makes of the rest."""

from pathlib import Path

import pytest

from study.configuration import Extraction
from study.errors import StudyError


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"stride": 0}, "stride=0"),
        ({"batch_size": -1}, "batch_size=-1"),
        ({"vector": "colums"}, "'colums' is unknown.*columns"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
        ({"labels": "true"}, "labels='true': give yes or no"),
        ({"projector": "1"}, "projector='1': give yes or no"),
        ({"data": "uea:GunPoint"}, "give ready-made windows to the model itself"),
        ({"max_age": "2h"}, "is for align"),
        ({"align": "news.csv", "labels": "yes"}, "leave align out"),
        ({"align": "news.csv", "beside": "news.csv"}, "leave one of them out"),
        ({"align": "news.csv", "projector": "yes"}, "projector=yes shows the windows"),
        ({"ray": "auto"}, "embeds a folder"),
        ({"layer": "model.0"}, "layer='model.0' is for a layer of a checkpoint"),
        ({"register": "mine"}, "register='mine' is for a layer of a checkpoint"),
        ({"scaler": "fit"}, "scaler='fit' is of a checkpoint"),
        ({"checkpoint": "c.pth"}, "give layer="),
        ({"checkpoint": "c.pth", "layer": "model.0", "labels": "yes"}, "labels=yes is for the model"),
        ({"checkpoint": "c.pth", "layer": "model.0", "scaler": "fit"}, "scaled as published"),
        ({"checkpoint": "c.pth", "layer": "model.0", "grid": "row"}, "'row' is unknown"),
    ],
)
def test_what_cannot_be_meant_is_one_line(asked, message):
    with pytest.raises(StudyError, match=message) as raised:
        Extraction(**asked)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("asked", [{"align": "news.csv"}, {"beside": "news.csv"}, {"projector": "yes"}])
def test_what_goes_with_one_file_is_refused_of_a_folder(tmp_path, asked):
    with pytest.raises(StudyError, match=r"output=NAME\.parquet"):
        Extraction(data=str(tmp_path), **asked)
    assert not Extraction(data=str(tmp_path), output="one.parquet", **asked).by_file


def test_a_layer_of_a_checkpoint_is_named_by_what_belongs_to_it_alone(tmp_path):
    assert Extraction().given_layer == {}
    named = Extraction(data=str(tmp_path), checkpoint="c.pth", layer="model.0", pooling="last")
    assert named.given_layer["pooling"] == "last" and "data" not in named.given_layer
    assert not named.by_file  # a folder of archives is read by the checkpoint's loader


def test_a_file_stands_in_a_folder_that_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Extraction().file == Path("embeddings.parquet") and Extraction().folder == Path("embeddings")
    with pytest.raises(StudyError, match="must end in"):
        _ = Extraction(output="e.csv").file
    with pytest.raises(StudyError, match="'nowhere' does not exist"):
        _ = Extraction(output="nowhere/e.parquet").file
