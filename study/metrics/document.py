"""docs/metrics.md, written from the definitions: `python -m study.metrics.document > docs/metrics.md`."""

from study.metrics.definitions import Definition
from study.metrics.limits import PLACES, SMALL
from study.metrics.lookup import SECTIONS

HEAD = f"""# Metrics

Every metric that a study logs, in MLflow's names. This page is written by `python -m study.metrics.document` from
the definitions in `study/metrics/`; the report carries the same words.
Single values are rounded to {PLACES} places, or to {PLACES} significant digits below {SMALL:g}; series by epoch or by
trial are as they were computed. A metric that does not exist for an embedding is absent, never a filled-in number;
`trial/result.json` of the trial's run says why.

The four splits follow each other in time: fit (network weights, scaler, label thresholds, probe weights), tune (early
stopping, pruning, C and k), select (which candidate wins), test (nothing; opened once, at the end). Class 1 is the
class that the label names: volatility above its threshold, a price that rises. For more than two classes auc,
average_precision and ece are plain means over the classes, each against the rest.
"""


def document() -> str:
    """The page, markdown."""
    parts = [HEAD]
    for title, definitions in SECTIONS:
        parts += [f"## {title}", "", "| metric | what it is | range | better |", "| --- | --- | --- | --- |"]
        parts += [_row(definition) for definition in definitions]
        parts.append("")
    return "\n".join(parts)


def _row(definition: Definition) -> str:
    cells = (f"`{definition.name}`", definition.meaning, definition.range, definition.better)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(document(), end="")
