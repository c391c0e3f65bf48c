"""The runs that a study ends with: layers, baselines and the verdict on the study run."""

from collections.abc import Mapping, Sequence
from typing import Any

from study import metric_names as names
from study.baselines import UNTRAINED
from study.leaderboard import LayerSummary
from study.selection import Choice
from study.tracking import Tracking
from study.verdict import Outcome


def log_layers(
    tracking: Tracking,
    layers: Sequence[LayerSummary],
    outcome: Outcome,
    choice: Choice,
    metric: str,
    provenance: Mapping[str, Any],
) -> None:
    """One run for each layer name: its best trial's metrics, its summary over the trials, a series by trial."""
    digits = max(2, len(str(len(layers) - 1)))
    tracking.delete_runs(names.LAYER_RUN)
    for layer in layers:
        key = (layer.best_trial, layer.layer, layer.best.pooling)
        low, high = choice.interval(key)
        headline = {
            names.select(metric): layer.best.scores[metric],
            f"{names.select(metric)}_low": low,
            f"{names.select(metric)}_high": high,
            f"mean_{names.select(metric)}": layer.mean_score,
            "mean_rank": layer.mean_rank,
            "wins": float(layer.wins),
            "win_share_resampled": choice.frequency.get(layer.layer, 0.0),
            "in_confidence_set": float(key in outcome.confidence_set),
        }
        if key == (outcome.trial, *outcome.winner.key):
            headline[names.test(metric)] = outcome.test.value
        metrics = {**names.rounded(headline), **names.candidate_metrics(layer.best, metric)}
        metrics["depth"] = float(layer.number)
        run_id = tracking.start_run(
            names.LAYER_RUN,
            f"{layer.number:0{digits}d} {layer.layer}",
            tags=provenance,
            params={
                "layer": layer.layer,
                "layer_kind": layer.module_type,
                "best_trial": layer.best_trial,
                "pooling": layer.best.pooling,
            },
        )
        series = {f"by_trial/{names.select(metric)}": sorted(layer.scores.items())}
        tracking.log(run_id, metrics, series=series)
        tracking.end_run(run_id, "FINISHED")


def log_baselines(tracking: Tracking, outcome: Outcome, metric: str, provenance: Mapping[str, Any]) -> None:
    """One run for each baseline, with the metric names of the layers, so that they sort among them."""
    tracking.delete_runs(names.BASELINE_RUN)
    for baseline in outcome.baselines:
        headline = {
            names.select(metric): baseline.select.value,
            f"{names.select(metric)}_low": baseline.select.low,
            f"{names.select(metric)}_high": baseline.select.high,
            names.test(metric): baseline.test.value,
            f"{names.test(metric)}_low": baseline.test.low,
            f"{names.test(metric)}_high": baseline.test.high,
        }
        params = {
            "layer": f"baseline: {baseline.name}",
            "layer_kind": "baseline",
            "pooling": baseline.candidate.pooling,
        }
        if baseline.name == UNTRAINED:
            params["best_layer"] = baseline.candidate.layer
        run_id = tracking.start_run(
            names.BASELINE_RUN, f"baseline {baseline.name}", tags=provenance, params=params
        )
        tracking.log(
            run_id, {**names.rounded(headline), **names.candidate_metrics(baseline.candidate, metric)}
        )
        tracking.end_run(run_id, "FINISHED")


def log_study(tracking: Tracking, outcome: Outcome, choice: Choice, metric: str) -> None:
    """Headline metrics of the winner and the verdict as a note, on the study run."""
    best = outcome.best_baseline
    tracking.log(
        tracking.run_id,
        names.rounded(
            {
                names.select(metric): outcome.select.value,
                f"{names.select(metric)}_low": outcome.select.low,
                f"{names.select(metric)}_high": outcome.select.high,
                f"corrected_{names.select(metric)}": outcome.corrected,
                names.test(metric): outcome.test.value,
                f"{names.test(metric)}_low": outcome.test.low,
                f"{names.test(metric)}_high": outcome.test.high,
                f"baseline_{names.test(metric)}": best.test.value,
                f"advantage_{names.test(metric)}": outcome.advantage.value,
                f"advantage_{names.test(metric)}_low": outcome.advantage.low,
                f"advantage_{names.test(metric)}_high": outcome.advantage.high,
                "confidence_set_size": float(len(outcome.confidence_set)),
                "block_length_candles": float(choice.block_length),
                "spa_p_value": outcome.spa_p_value,
            }
        ),
    )
    note = [f"**{outcome.headline()}.**", "", *outcome.sentences()]
    tracking.tag(
        tracking.run_id,
        {
            names.NOTE: "\n".join(note)[:8000],
            "winner_layer": outcome.winner.layer,
            "winner_pooling": outcome.winner.pooling,
            "winner_trial": outcome.trial,
            "best_baseline": best.name,
        },
    )
