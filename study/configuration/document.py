"""docs/parameters.md, written from the configuration: `python -m study.configuration.document > docs/parameters.md`."""

import inspect
import re
from dataclasses import fields

from study.configuration import StudyParameters

HEAD = """# Parameters of a study

What `mlflow run . -e study -P name=value` and `study.run(name=value)` take. This page is written by
`python -m study.configuration.document` from `study/configuration/parameters.py`.

| parameter | default | meaning |
| --- | --- | --- |
"""


def meanings() -> dict[str, str]:
    """What each parameter means, in the order of the configuration's fields: the attributes of its docstring."""
    text = inspect.getdoc(StudyParameters) or ""
    listed = inspect.cleandoc(text.partition("Attributes:")[2].partition("\n\n")[0])
    found = re.findall(r"^(\w+): (.*(?:\n .*)*)", listed, flags=re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in found}


def document() -> str:
    """The page, markdown."""
    known = meanings()
    rows = [
        f"| `{field.name}` | {_shown(field.default)} | {known[field.name].replace('|', chr(92) + '|')} |"
        for field in fields(StudyParameters)
    ]
    return HEAD + "\n".join(rows) + "\n"


def _shown(default: object) -> str:
    return "" if default == "" else f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


if __name__ == "__main__":
    print(document(), end="")
