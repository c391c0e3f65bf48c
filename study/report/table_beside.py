"""The table of layers beside another table: what each adds to the other."""

from study.choice import Complement, Scored
from study.metrics import names
from study.report.layer_tables import Cell, Column, Table


def together_table(found: Complement) -> Table:
    """One row a layer of the winner's network, the one that adds most first; and the table alone."""
    metric = found.metric
    columns = (
        Column("layer", numeric=False, rising=True),
        Column("pooling", numeric=False, rising=True),
        Column("adds to the table", names.gain_over_table("select", metric)),
        Column("gains by the table", names.gain_over_layer("select", metric)),
        Column(f"both, select {metric}", names.together("select", metric)),
        Column("layer alone"),
    )
    rows = []
    order = sorted(range(len(found.rows)), key=lambda row: -found.select[row].over_table.value)
    for row in order:
        sides = found.select[row]
        cells = [
            Cell(found.rows[row], found.rows[row]),
            Cell(found.poolings[row], found.poolings[row]),
            _signed(sides.over_table),
            _signed(sides.over_layer),
            _cell(str(sides.both), sides.both),
            _cell(str(sides.layer), sides.layer),
        ]
        rows.append(("winner" if row == found.winner else "", cells))
    alone = found.select[found.winner].table
    empty = Cell("")
    name = f"{found.table} alone"
    rows.append(("baseline", [Cell(name, name), empty, empty, empty, _cell(str(alone), alone), empty]))
    return Table("together", columns, rows, sorted_by=2)


def _signed(scored: Scored) -> Cell:
    return _cell(scored.signed(), scored)


def _cell(shown: str, scored: Scored) -> Cell:
    return Cell(shown.replace("-", "−"), scored.value)
