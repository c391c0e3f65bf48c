"""What the runs of trials or layers say of themselves in MLflow, one line of markdown each."""

from study.choice import LayerSummary
from study.display import as_text, code
from study.trials import Candidate, TrialRecord


def trial_note(record: TrialRecord, best: Candidate, metric: str) -> str:
    """Of a completed trial: its best candidate, and how many there were."""
    return (
        f"Best layer {code(best.layer)}, {as_text(best.pooling)} pooling: select {metric} {best.scores[metric]:.3f}; "
        f"{len(record.layers)} layers, {len(record.candidates)} candidates."
    )


def ended_note(reason: str, *, pruned: bool) -> str:
    """Of a trial that was not completed: why."""
    return f"{'Pruned' if pruned else 'Failed'}: {as_text(reason.rstrip('.'))}."


def layer_note(layer: LayerSummary, metric: str, *, rank: int, layers: int, twin: str = "") -> str:
    """Of a layer: where it scored best, its place among `layers` that differ, a better twin."""
    same = f" It gives the same answer as {code(twin)}." if twin else ""
    return (
        f"Best in trial {layer.best_trial} with {as_text(layer.best.pooling)} pooling: select {metric} "
        f"{layer.best.scores[metric]:.3f}, rank {rank} of {layers} different layers.{same}"
    )
