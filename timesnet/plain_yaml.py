"""YAML read as plain keys and values, within bounds that no search space or configuration reaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

MOST_BYTES, DEEPEST, LONGEST_NUMBER = 1_000_000, 20, 100


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses aliases, of which a few lines unfold to more than any memory, and endless nesting."""

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

    def construct_number(self, node: yaml.ScalarNode) -> int:
        if len(node.value) > LONGEST_NUMBER:
            raise _refused(f"a number of {len(node.value)} characters", node.start_mark)
        return int(self.construct_yaml_int(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)


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
