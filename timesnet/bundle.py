"""The source of what inference needs, copied under a name that no installed package has.

Python keeps one module per name: a model that brought its code as `timesnet` would run whatever `timesnet` is
already imported or installed, an older or newer one perhaps. The copy's name carries a digest of its content,
so that two models in one process each run their own code.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
from pathlib import Path

PACKAGE = __package__ or "timesnet"
ENTRY = "pyfunc_model"
_HOME = Path(__file__).parent
_ABSOLUTE = re.compile(rf"^(\s*)from {PACKAGE}\.(\w+) import ", re.MULTILINE)
_RELATIVE = re.compile(r"^(\s*)from \.(\w+) import ", re.MULTILINE)

_INIT = '''"""The inference part of a layer study's TimesNet, as it was when this model was logged."""

# All at once: the folder that this was imported from while logging may be gone when a function runs.
from . import {modules}
'''
# While MLflow logs the model, the copy is not yet on the path that it sets up for loading.
_PREAMBLE = """import os
import sys

if not any(os.path.isdir(os.path.join(entry, "{package}")) for entry in sys.path):
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path += [folder for folder in (here, os.path.join(here, "code")) if os.path.isdir(folder)]

"""


def bundle_code(target_dir: str | os.PathLike[str], package_name: str | None = None) -> tuple[Path, Path]:
    """Copies the inference code to `target_dir`; returns (entry file, package directory).

    The package holds every module that the entry file imports, directly or not, with relative imports. The
    entry file is the MLflow model; it imports the package by its name, which by default ends in a digest.
    """
    sources = {name: _relative(name) for name in sorted(_closure(ENTRY))}
    entry = sources.pop(ENTRY)
    if package_name is None:
        digest = hashlib.sha256("\0".join([entry, *sources, *sources.values()]).encode()).hexdigest()
        package_name = f"{PACKAGE}_embedder_runtime_{digest[:12]}"
    target = Path(target_dir)
    package = target / package_name
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(_INIT.format(modules=", ".join(sources)), encoding="utf-8")
    for name, text in sources.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    entry_file = target / f"{ENTRY}.py"
    entry_file.write_text(_entry(entry, package_name), encoding="utf-8")
    return entry_file, package


def _entry(text: str, package_name: str) -> str:
    """The entry file, importing by the package's name, which it can find before MLflow has set up its path."""
    text = _RELATIVE.sub(rf"\1from {package_name}.\2 import ", text)
    first = next(
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.Import | ast.ImportFrom) and _usual(node)
    )
    lines = text.splitlines(keepends=True)
    return "".join(
        [*lines[: first.lineno - 1], _PREAMBLE.format(package=package_name), *lines[first.lineno - 1 :]]
    )


def _usual(node: ast.Import | ast.ImportFrom) -> bool:
    return not (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def _closure(name: str) -> set[str]:
    """The module and all modules of this package that it imports, directly or not."""
    found: set[str] = set()
    waiting = {name}
    while waiting:
        module = waiting.pop()
        found.add(module)
        waiting |= _imported(_relative(module)) - found
    return found


def _imported(text: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            names.add(node.module)
    return names


def _relative(name: str) -> str:
    """A module's source with every import of this package made relative."""
    text = _ABSOLUTE.sub(r"\1from .\2 import ", (_HOME / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom) and _not_copied(node):
            raise ImportError(
                f"{PACKAGE}/{name}.py, line {node.lineno}: import modules as `from .module import name`"
            )
    return text


def _not_copied(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import would reach out of the copy, into this package."""
    if isinstance(node, ast.Import):
        return any(alias.name.partition(".")[0] == PACKAGE for alias in node.names)
    if node.level:
        return node.level > 1 or not node.module
    return (node.module or "").partition(".")[0] == PACKAGE
