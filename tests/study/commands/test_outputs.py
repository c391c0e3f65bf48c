"""Nothing that is read is written over, and nothing of another's, whatever its name is spelt like."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from study.commands.extract import extract
from study.commands.outputs import read_note, require_free, sidecar_of, write_noted
from study.configuration import Extraction
from study.errors import StudyError
from tests.study.small_extractor import small_extractor
from tests.timesnet.candle_factory import candle_frame
from timesnet.extractor.files import save_extractor


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with one file `in.parquet`, links to it and to the folder."""
    place = tmp_path / "candles"
    (place / "below").mkdir(parents=True)
    (place / "in.parquet").write_bytes(b"candles")
    os.link(place / "in.parquet", place / "hard.parquet")
    (place / "soft.parquet").symlink_to(place / "in.parquet")
    (place / "chain.parquet").symlink_to("soft.parquet")
    (tmp_path / "elsewhere").symlink_to(place)
    monkeypatch.chdir(place)
    return place


SPELLINGS = (
    "in.parquet",
    "./in.parquet",
    "below/../in.parquet",
    ".//in.parquet",
    "{folder}/in.parquet",
    "{folder}/./below/../in.parquet",
    "../candles/in.parquet",
    "../elsewhere/in.parquet",
    "{folder}/../elsewhere/in.parquet",
    "hard.parquet",
    "soft.parquet",
    "chain.parquet",
)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("read", ["in.parquet", "soft.parquet", "{folder}/in.parquet"])
def test_an_input_is_known_in_every_spelling(folder, spelling, read):
    target, source = Path(spelling.format(folder=folder)), read.format(folder=folder)
    for overwrite in ("no", "yes"):
        with pytest.raises(
            StudyError, match=r"would replace align='.*in\.parquet', which|would replace align='.*soft"
        ):
            require_free([target], reads=[("data", "btc-15min"), ("align", source)], overwrite=overwrite)


@pytest.mark.parametrize("target", ["new.parquet", "below/new.parquet", "../elsewhere/below/new.parquet"])
@pytest.mark.parametrize("read", [".", "../candles", "../elsewhere", "{folder}/"])
def test_an_output_inside_a_folder_that_is_read_is_refused(folder, target, read):
    with pytest.raises(StudyError, match=r"lies inside data=.*the next call"):
        require_free([Path(target)], reads=[("data", read.format(folder=folder))], overwrite="yes")


def test_a_link_inside_a_folder_that_is_read_counts_as_what_it_leads_to(folder, tmp_path):
    (tmp_path / "other.parquet").write_bytes(b"more candles")
    (folder / "below" / "link.parquet").symlink_to(tmp_path / "other.parquet")
    with pytest.raises(StudyError, match="would replace data="):
        require_free([tmp_path / "other.parquet"], reads=[("data", str(folder))], overwrite="yes")


def test_only_what_this_program_wrote_is_replaced_unasked(folder):
    target = folder / "below" / "out.parquet"

    def write(content):
        write_noted(target, lambda part: {"bytes written": part.write_bytes(content)})

    write(b"first")
    require_free([target], reads=[], overwrite="no")
    write(b"second")
    require_free([target], reads=[], overwrite="no")
    target.write_bytes(b"by hand")
    with pytest.raises(StudyError, match="has changed since this program wrote it"):
        require_free([target], reads=[], overwrite="no")
    require_free([target], reads=[], overwrite="yes")
    sidecar_of(target).unlink()
    with pytest.raises(StudyError, match="was not written by this program"):
        require_free([target], reads=[], overwrite="no")
    target.unlink()
    sidecar_of(target).write_text("a letter")
    with pytest.raises(StudyError, match="is another file"):
        require_free([target], reads=[], overwrite="no")
    with pytest.raises(StudyError, match="is a folder"):
        require_free([folder / "below"], reads=[], overwrite="yes")
    with pytest.raises(StudyError, match="overwrite='maybe' is unknown"):
        require_free([target], reads=[], overwrite="maybe")


@pytest.mark.parametrize("moment", [1, 2])
def test_a_kill_between_note_and_file_leaves_the_old_file_known(folder, moment):
    """The renames are that of the note and that of the file; the kill comes before one of them."""
    target = folder / "below" / "out.parquet"
    write_noted(target, lambda part: {"n": part.write_bytes(b"first")})
    script = f"""
        import os, signal, sys
        from pathlib import Path
        from study.commands.outputs import write_noted
        replace, calls = os.replace, []
        def counting(*paths):
            calls.append(paths)
            if len(calls) == {moment}:
                os.kill(os.getpid(), signal.SIGKILL)
            replace(*paths)
        os.replace = counting
        write_noted(Path(sys.argv[1]), lambda part: {{"n": part.write_bytes(b"second")}})
    """
    program = "\n".join(line.removeprefix(" " * 8) for line in script.splitlines())
    done = subprocess.run([sys.executable, "-c", program, str(target)], cwd=Path(__file__).parents[3])
    assert done.returncode == -9
    assert target.read_bytes() == b"first"
    require_free([target], reads=[], overwrite="no")
    write_noted(target, lambda part: {"n": part.write_bytes(b"third")})
    assert target.read_bytes() == b"third" and read_note(target)["file"]["bytes"] == 5


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    place = tmp_path_factory.mktemp("model")
    save_extractor(small_extractor(), place / "artifacts" / "extractor")
    return str(place)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"data": "c.parquet", "output": "{folder}/c.parquet"}, "would replace data='c.parquet'"),
        ({"data": "folder", "output": "{folder}/folder/c.parquet"}, "would replace data='folder'"),
        ({"data": "folder", "output": "folder/e.parquet"}, "lies inside data='folder'"),
        ({"data": "c.parquet", "align": "news.parquet", "output": "./news.parquet"}, "would replace align="),
        ({"data": "c.parquet", "output": "foreign.parquet"}, "was not written by this program"),
    ],
)
def test_extract_refuses_before_anything_is_written(tmp_path, monkeypatch, model, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    frame = candle_frame(60)
    for name in ("c.parquet", "folder/c.parquet", "news.parquet", "foreign.parquet"):
        frame.to_parquet(name, index=False)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    given = {key: value.format(folder=tmp_path) for key, value in words.items()}
    with pytest.raises(StudyError, match=message):
        extract(Extraction(**{"model": model, "batch_size": 64, **given}))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
