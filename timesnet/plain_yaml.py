"""YAML read as plain keys and values, within bounds that no search space or configuration reaches."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

MOST_BYTES, DEEPEST, LONGEST_NUMBER = 1_000_000, 20, 100


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses aliases, of which a few lines unfold to more than any memory, endless nesting, and what
    YAML 1.1 reads as something else than it looks like: keys given twice, 010 and 1:30."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            alias = self.peek_event()
            raise _refused(f"*{alias.anchor} stands for something else; write it out", alias.start_mark)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _refused(f"nested deeper than {DEEPEST}", self.peek_event().start_mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in keys:
                    raise _refused(f"key {key.value[:40]!r} stands there twice", key.start_mark)
                keys.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_whole(self, node: yaml.ScalarNode) -> int:
        self._require_plain(node)
        if re.fullmatch(r"[-+]?0[0-7_]+", node.value):
            raise _refused(f"{node.value} would be read as octal; leave the zero out", node.start_mark)
        return int(self.construct_yaml_int(node))

    def construct_fraction(self, node: yaml.ScalarNode) -> float:
        self._require_plain(node)
        return float(self.construct_yaml_float(node))

    def _require_plain(self, node: yaml.ScalarNode) -> None:
        if len(node.value) > LONGEST_NUMBER:
            raise _refused(f"a number of {len(node.value)} characters", node.start_mark)
        if ":" in node.value:
            raise _refused(f"{node.value} would be read in sixtieths; write one number", node.start_mark)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_fraction)


def read_plain_yaml(path: Path) -> Any:
    """What a YAML file holds.

    Raises OSError or ValueError, whose text is one line.
    """
    if (size := path.stat().st_size) > MOST_BYTES:
        raise ValueError(f"holds {size:,} bytes, at most {MOST_BYTES:,} are read")
    return plain_yaml(path.read_text(encoding="utf-8-sig"))


def plain_yaml(text: str) -> Any:
    """What a YAML text holds. Raises ValueError, whose text is one line."""
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(" ".join(str(error).split())) from None


def _refused(why: str, mark: yaml.Mark) -> yaml.YAMLError:
    return yaml.composer.ComposerError(None, None, why, mark)
