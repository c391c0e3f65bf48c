"""Many files: each row once, whatever dies on the way."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from study.commands.embed_file import Layout
from study.commands.extract import extract
from study.commands.extract_folder import extract_folder
from study.commands.model import FetchedModel
from study.commands.outputs import sidecar_of
from study.configuration import Extraction
from study.errors import StudyError
from tests.forked import Forked
from tests.study.small_extractor import small_extractor
from tests.timesnet.candle_factory import candle_frame
from timesnet.extractor.files import load_extractor, save_extractor

ROOT = Path(__file__).parents[3]
LAYOUT = Layout(stride=1, vector="columns", batch_size=256)
PROGRAM = """
import sys
from pathlib import Path
from study.commands.embed_file import Layout
from study.commands.model import FetchedModel
from study.commands.extract_folder import extract_folder
data, output, model, ray = sys.argv[1:]
extract_folder(
    FetchedModel(Path(model), "models:/m/1", "digest"),
    Path(data),
    Path(output),
    Layout(stride=1, vector="columns", batch_size=256),
    ray=ray,
)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = save_extractor(small_extractor(), tmp_path_factory.mktemp("model"))
    return FetchedModel(Path(folder), "models:/m/1", "digest")


@pytest.fixture
def data(tmp_path):
    """Three files, one of them in a folder below and one as CSV."""
    folder = tmp_path / "candles"
    (folder / "below").mkdir(parents=True)
    candle_frame(60).to_parquet(folder / "a.parquet", index=False)
    candle_frame(80, seed=1).to_csv(folder / "below" / "b.csv", index=False)
    candle_frame(70, seed=2, symbol="C").to_parquet(folder / "c.parquet", index=False)
    (folder / "_SUCCESS").write_text("")
    (folder / "notes.txt").write_text("not candles")
    return folder


def files_of(output):
    return {str(path.relative_to(output)): path for path in sorted(output.rglob("*.parquet"))}


def assert_complete(data, output, model):
    """Every file's rows are those that the extractor itself gives, and nothing else lies about."""
    extractor = load_extractor(model.folder)
    found = files_of(output)
    sources = [path for path in data.rglob("*") if path.suffix in (".parquet", ".csv")]
    assert set(found) == {str(path.relative_to(data).with_suffix(".parquet")) for path in sources}
    for source in sources:
        frame = pd.read_csv(source) if source.suffix == ".csv" else pd.read_parquet(source)
        target = found[str(source.relative_to(data).with_suffix(".parquet"))]
        pd.testing.assert_frame_equal(
            pd.read_parquet(target), extractor.embed_candles(frame), rtol=1e-5, atol=1e-6
        )
        assert json.loads(sidecar_of(target).read_text())["rows"] == len(pd.read_parquet(target))
    left = [path for path in output.rglob(".*") if path.name != ".lock"]
    assert left == []


def test_every_file_becomes_one(data, tmp_path, model, capsys):
    extract_folder(model, data, tmp_path / "out", LAYOUT)
    assert_complete(data, tmp_path / "out", model)
    said = capsys.readouterr().out
    assert "3 files; model models:/m/1" in said and "[3/3]" in said and "all 3 files are embedded" in said


def test_a_rerun_does_what_is_not_done_and_no_more(data, tmp_path, model, capsys):
    output = tmp_path / "out"

    def run(**changes):
        before = {name: path.stat().st_mtime_ns for name, path in files_of(output).items()}
        extract_folder(
            changes.get("model", model),
            data,
            output,
            changes.get("layout", LAYOUT),
            overwrite=changes.get("overwrite", "no"),
        )
        after = {name: path.stat().st_mtime_ns for name, path in files_of(output).items()}
        return {name for name in after if after[name] != before.get(name)}

    everything = {"a.parquet", "below/b.parquet", "c.parquet"}
    assert run() == everything
    capsys.readouterr()
    assert run() == set() and "3 of them done before" in capsys.readouterr().out
    candle_frame(61).to_parquet(data / "a.parquet", index=False)
    assert run() == {"a.parquet"}
    os.utime(data / "c.parquet", ns=(1, 1))
    assert run() == {"c.parquet"}
    (output / "a.parquet").unlink()
    assert run() == {"a.parquet"}
    # Without a readable note nothing says whose the files are.
    sidecar_of(output / "below" / "b.parquet").unlink()
    sidecar_of(output / "a.parquet").write_text("{torn")
    with pytest.raises(StudyError, match=r"a\.parquet' exists and was not written by this program"):
        run()
    assert run(overwrite="yes") == {"a.parquet", "below/b.parquet"}
    assert run(layout=Layout(stride=2, vector="columns", batch_size=256)) == everything
    assert run(model=FetchedModel(model.folder, "models:/m/2", "other")) == everything


def test_a_bad_file_is_named_and_the_others_go_on(data, tmp_path, model, capsys):
    candle_frame(60).drop(columns="close").to_parquet(data / "b0.parquet", index=False)
    candle_frame(10).to_parquet(data / "b1.parquet", index=False)
    candle_frame(60, freq="1h").to_parquet(data / "b2.parquet", index=False)
    with pytest.raises(StudyError, match=r"3 of 6 files could not .*b0\.parquet.*'close'") as raised:
        extract_folder(model, data, tmp_path / "out", LAYOUT)
    assert "\n" not in str(raised.value)
    for name in ("b0", "b1", "b2"):
        (data / f"{name}.parquet").unlink()
    assert_complete(data, tmp_path / "out", model)


def test_two_files_of_one_name_are_refused_before_anything_is_written(data, tmp_path, model):
    candle_frame(60).to_csv(data / "a.csv", index=False)
    with pytest.raises(StudyError, match="rename one of them"):
        extract_folder(model, data, tmp_path / "out", LAYOUT)
    assert not (tmp_path / "out").exists()


def test_the_output_may_lie_in_the_input(data, model):
    for _ in range(2):
        extract_folder(model, data, data / "out", LAYOUT)
    assert set(files_of(data / "out")) == {"a.parquet", "below/b.parquet", "c.parquet"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"align": "news.csv"}, "align joins one file"),
        ({"ray": "auto", "output": "one.parquet"}, "ray='auto'.*data=FOLDER output=FOLDER"),
        ({"stride": 0}, "stride=0"),
    ],
)
def test_what_does_not_go_with_a_folder_is_one_line(data, words, message):
    with pytest.raises(StudyError, match=message):
        extract(Extraction(**{"model": "m", "data": str(data), **words}))


def test_a_folder_of_outputs_never_takes_the_place_of_candles(data, tmp_path, model, monkeypatch):
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    (tmp_path / "link").symlink_to(data)
    monkeypatch.chdir(tmp_path)
    for output in (data, Path("candles"), Path("./link"), tmp_path, data / "below" / ".."):
        if output == tmp_path:  # its outputs go beside the folder, except those whose names lead into it
            (data / "candles").mkdir()
            candle_frame(60).to_parquet(data / "candles" / "new.parquet", index=False)
            before[data / "candles" / "new.parquet"] = (data / "candles" / "new.parquet").read_bytes()
        with pytest.raises(StudyError, match=r"would replace data=|lies inside data="):
            extract_folder(model, data, output, LAYOUT, overwrite="yes")
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


def test_a_folder_of_outputs_inside_the_candles_is_left_out_however_it_is_spelt(data, model, monkeypatch):
    monkeypatch.chdir(data.parent)
    (data.parent / "link").symlink_to(data)
    for output in (data / "out", Path("candles/out"), Path("link/out"), data / "below" / ".." / "out"):
        extract_folder(model, Path("candles"), output, LAYOUT)
        extract_folder(model, data, output, LAYOUT)
    assert set(files_of(data / "out")) == {"a.parquet", "below/b.parquet", "c.parquet"}


def test_files_of_another_are_not_replaced_and_none_is_written_then(data, tmp_path, model):
    output = tmp_path / "out"
    (output / "below").mkdir(parents=True)
    (output / "below" / "b.parquet").write_bytes(b"mine")
    with pytest.raises(
        StudyError, match="was not written by this program: give another output, or overwrite=yes"
    ):
        extract_folder(model, data, output, LAYOUT)
    assert [path.name for path in output.rglob("*") if path.is_file()] == ["b.parquet"]
    extract_folder(model, data, output, LAYOUT, overwrite="yes")
    assert_complete(data, output, model)


def test_what_a_kill_left_of_a_file_with_brackets_in_its_name_goes(tmp_path, model):
    (tmp_path / "candles").mkdir()
    candle_frame(60).to_parquet(tmp_path / "candles" / "a[x].parquet", index=False)
    output = tmp_path / "out"
    output.mkdir()
    (output / ".a[x].parquet.left").write_bytes(b"half a file")
    extract_folder(model, tmp_path / "candles", output, LAYOUT)
    assert_complete(tmp_path / "candles", output, model)


def many_files(folder, n=12, candles=1500):
    folder.mkdir()
    for number in range(n):
        candle_frame(candles, seed=number).to_parquet(folder / f"{number:02d}.parquet", index=False)
    return folder


def start(data, output, model, ray=""):
    # Ray lets its workers give way to everything else, and other tests run beside this one.
    environment = {**os.environ, "RAY_worker_niceness": "0"}
    return Forked(PROGRAM, data, output, model.folder, ray, cwd=ROOT, env=environment)


def wait_for_files(output, n, process):
    until = time.monotonic() + 120
    while len(list(output.rglob("*.json"))) < n and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)


def test_a_killed_extraction_goes_on_where_it_stopped(tmp_path, model):
    data, output = many_files(tmp_path / "candles"), tmp_path / "out"
    process = start(data, output, model)
    wait_for_files(output, 3, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = {path: path.stat().st_mtime_ns for path in output.glob("*.parquet")}
    assert 2 <= len(finished) < 12
    (output / ".05.parquet.left").write_bytes(b"half a file")
    extract_folder(model, data, output, LAYOUT)
    assert_complete(data, output, model)
    assert all(path.stat().st_mtime_ns == time_ for path, time_ in finished.items())


def test_a_second_extraction_into_the_same_folder_is_refused(tmp_path, model):
    data, output = many_files(tmp_path / "candles"), tmp_path / "out"
    process = start(data, output, model)
    wait_for_files(output, 1, process)
    with pytest.raises(StudyError, match="another extraction is writing there"):
        extract_folder(model, data, output, LAYOUT)
    process.kill()
    process.wait()


def test_a_killed_ray_actor_costs_no_row_and_makes_none_twice(tmp_path, model):
    pytest.importorskip("ray.data", reason="needs the extra ray")
    psutil = pytest.importorskip("psutil")
    data, output = many_files(tmp_path / "candles", candles=6000), tmp_path / "out"
    # Its own cluster, whatever else runs on this machine: the actors are found among its children.
    process = start(data, output, model, "local")
    wait_for_files(output, 2, process)
    killed = 0
    for child in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "FileEmbedder" in " ".join(child.cmdline()):
                child.send_signal(signal.SIGKILL)
                killed += 1
    assert killed and len(files_of(output)) < 12
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 0, said
    assert_complete(data, output, model)
    assert np.all([f"[{number}/12]" in said for number in range(1, 13)]), said
