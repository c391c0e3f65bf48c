"""Finding a labelled data set by its name or path."""

import importlib.util
from pathlib import Path

from study.configuration import ARCHIVE
from study.data.ts_files import has_classes
from study.display import suggestion
from study.errors import StudyError

TRAIN, TEST = "_TRAIN.ts", "_TEST.ts"
INSTALL = "pip install --no-deps aeon"


def labelled_files(data: str) -> tuple[Path, Path]:
    """The train and the test file of `uea:<set>`, one of the small sets inside the package aeon, or of a path.

    Nothing of aeon is imported, its files alone are used, so it may be installed without its dependencies.

    Raises StudyError, one line: aeon is not there, an unknown set, a path without its other half.
    """
    if data.startswith(ARCHIVE):
        return _bundled(data.removeprefix(ARCHIVE))
    train = Path(data)
    start = train.stem.removesuffix("_TRAIN")
    if start == train.stem:
        raise StudyError(f"data={data!r}: give the train file, X{TRAIN}, with its X{TEST} beside it")
    test = train.with_name(f"{start}_TEST{train.suffix}")
    for path in (train, test):
        if not path.is_file():
            raise StudyError(f"data={data!r}: no such file: {path}")
    return train, test


def bundled_sets() -> list[str]:
    """Names of the labelled sets inside the installed aeon, none where it is not installed."""
    folder = _bundle()
    if folder is None:
        return []
    train = {
        path.parent.name: path for path in folder.glob(f"*/*{TRAIN}") if path.name == path.parent.name + TRAIN
    }
    return sorted(
        name
        for name, path in train.items()
        if path.with_name(name + TEST).is_file()
        and has_classes(path.read_text(encoding="utf-8").splitlines())
    )


def _bundled(name: str) -> tuple[Path, Path]:
    folder = _bundle()
    if folder is None:
        raise StudyError(f"data='{ARCHIVE}{name}' is read from the package aeon: {INSTALL}")
    known = bundled_sets()
    if name not in known:
        raise StudyError(
            f"data='{ARCHIVE}{name}' is not among the sets inside aeon: {suggestion(name, known)}; for any other "
            f"set of the archive give the path of its <set>{TRAIN}"
        )
    return folder / name / (name + TRAIN), folder / name / (name + TEST)


def _bundle() -> Path | None:
    found = importlib.util.find_spec("aeon")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "datasets" / "data"
    return folder if folder.is_dir() else None
