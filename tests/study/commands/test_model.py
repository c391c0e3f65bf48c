"""A model brought here says what whoever uses it has to know."""

import pytest

from study.commands.model import fetch_model
from study.errors import StudyError
from tests.study.small_extractor import small_extractor
from timesnet.errors import TimesNetError
from timesnet.extractor import load_extractor, save_extractor


def test_whichever_command_uses_a_layer_its_notes_are_said_first(tmp_path, capsys):
    extractor = small_extractor()
    extractor.provenance |= {"caution": "this layer beats nothing", "leak": "a column knows the future"}
    save_extractor(extractor, tmp_path / "artifacts" / "extractor")
    fetched = fetch_model(str(tmp_path))
    assert capsys.readouterr().out == "a column knows the future\nthis layer beats nothing\n"
    assert load_extractor(fetched.folder).provenance == extractor.provenance


def test_a_layer_without_notes_is_brought_in_silence(tmp_path, capsys):
    save_extractor(small_extractor(), tmp_path / "artifacts" / "extractor")
    fetch_model(str(tmp_path))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"provenance": []}', '{"provenance": 3}'])
def test_what_is_wrong_with_its_description_loading_says(tmp_path, capsys, text):
    folder = save_extractor(small_extractor(), tmp_path / "artifacts" / "extractor")
    (folder / "extractor.json").write_text(text)
    with pytest.raises(TimesNetError, match=r"extractor\.json"):
        load_extractor(fetch_model(str(tmp_path)).folder)
    assert capsys.readouterr().out == ""


def test_a_folder_that_holds_no_layer_is_named(tmp_path):
    with pytest.raises(StudyError, match="holds no extractor"):
        fetch_model(str(tmp_path))
