"""Rooms stay small, and functions can be called without counting commas."""

import ast
from pathlib import Path

from study.search.code_digest import PARTS

ROOT = Path(__file__).parents[2]
PACKAGES = ("study", "timesnet", "probes")
MOST_MODULES, MOST_BY_PLACE = 15, 6


def test_a_room_holds_few_modules():
    for package in PACKAGES:
        for room in {path.parent for path in (ROOT / package).rglob("*.py")}:
            modules = [path for path in room.glob("*.py") if path.name not in ("__init__.py", "__main__.py")]
            assert len(modules) <= MOST_MODULES, room


def test_what_takes_many_values_takes_them_by_name():
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
                    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
                    assert len(names) <= MOST_BY_PLACE, f"{path}: {node.name}"


def test_every_part_of_the_code_digest_is_there():
    for part, places in PARTS.items():
        assert all(place.exists() for place in places), part
