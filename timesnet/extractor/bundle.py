"""This package copied whole, under a name that no installed package has.

Python keeps one module per name: a model that brought its code as `timesnet` would run whatever `timesnet` is
already imported or installed, an older or newer one perhaps. The copy's name carries a digest of its content,
so that two models in one process each run their own code.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

ENTRY = "embedder.py"
_HOME = Path(__file__).parents[1]
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyi")
# While MLflow logs the model, the copy is not yet on the path that it sets up for loading.
_ENTRY_TEXT = '''"""The MLflow model: an extractor, run by the code that was copied beside it."""

import os
import sys

if not any(os.path.isdir(os.path.join(entry, "{package}")) for entry in sys.path):
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path += [folder for folder in (here, os.path.join(here, "code")) if os.path.isdir(folder)]

import mlflow
from {package}.extractor.pyfunc_model import Embedder

mlflow.models.set_model(Embedder())
'''
_INIT_TEXT = '"""The TimesNet of a layer study, as it was when this model was logged."""\n'


def bundle_code(target_dir: str | os.PathLike[str], package_name: str | None = None) -> tuple[Path, Path]:
    """Copies this package to `target_dir`; returns (entry file, package directory).

    All imports within the package are relative, so that the copy runs under any name; by default it ends in a
    digest of the sources. The entry file is the MLflow model; it imports the package by its name.
    """
    package_name = package_name or f"timesnet_embedder_runtime_{_digest()[:12]}"
    target = Path(target_dir)
    package = target / package_name
    shutil.copytree(_HOME, package, ignore=_LEFT_OUT, dirs_exist_ok=True)
    # The door of the package would hand on names that inference does without.
    (package / "__init__.py").write_text(_INIT_TEXT, encoding="utf-8")
    entry_file = target / ENTRY
    entry_file.write_text(_ENTRY_TEXT.format(package=package_name), encoding="utf-8")
    return entry_file, package


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_HOME.rglob("*.py")):
        digest.update(path.relative_to(_HOME).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
