"""A digest of the code that decides what a trial finds, so that trials of two codes are not mixed unnoticed."""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import probes
import study
import timesnet

_TIMESNET, _PROBES, _STUDY = (Path(str(package.__file__)).parent for package in (timesnet, probes, study))
# Parts of the code as a person knows them. What prepares windows and labels is told by their own digest.
PARTS: dict[str, tuple[Path, ...]] = {
    "features": (_TIMESNET / "windows",),
    "network": (_TIMESNET / "network",),
    "training": (_TIMESNET / "training",),
    "layers": (_TIMESNET / "capture",),
    "probes": (_PROBES,),
    "trials": (
        _STUDY / "trials",
        _STUDY / "labels" / "training_targets.py",
        _STUDY / "data" / "pretrained.py",
    ),
    "sampling": (_STUDY / "search" / "sampling.py", _STUDY / "search" / "space.py"),
}
# Files in these that read and write, or compare finished trials: none of a trial's numbers comes of them.
NO_NUMBERS = (
    "argument_forms",
    "baselines",
    "checkpoint",
    "predictions",
    "pth_file",
    "published_arguments",
    "record",
    "uncertainty",
)


def code_digests() -> dict[str, str]:
    """SHA-256, first 12 hex digits, of each part's statements: comments, docstrings, names of files and types aside."""
    return {part: digest_of(_files(places)) for part, places in PARTS.items()}


def digest_of(files: Iterable[Path]) -> str:
    """The digest of some Python files, in whichever order and folders they are."""
    texts = sorted(_statements(file.read_text(encoding="utf-8")) for file in files)
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def changed_parts(known: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The parts whose code is another one."""
    return [part for part in now if known.get(part) != now[part]]


def _files(places: Iterable[Path]) -> list[Path]:
    found = [file for place in places for file in ([place] if place.is_file() else place.rglob("*.py"))]
    return [
        file
        for file in found
        if file.stem != "__init__" and not set(NO_NUMBERS) & {file.stem, file.parent.name}
    ]


def _statements(text: str) -> str:
    return ast.dump(_Plain().visit(ast.parse(text)))


class _Plain(ast.NodeTransformer):
    """Takes away what says something to people and type checkers alone, and from where names come."""

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        # A docstring, or a string that stands alone.
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)
