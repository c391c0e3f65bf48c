"""The runs that a study ends with: layers, baselines, headline metrics of the study run."""

import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from mlflow.tracking.multimedia import compress_image_size
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_IMAGES
from PIL import Image

from study.baselines import BASELINE as BASELINE_ROW
from study.baselines import UNTRAINED
from study.choice import (
    BaselineOutcome,
    LayerSummary,
    Outcome,
    Scored,
    Sides,
    banner,
    one_a_row,
    row_in_words,
    versus_baseline,
)
from study.conclusion import Conclusion
from study.display import ALIKE, BASELINE, OTHER, WINNER, as_text
from study.metrics import names
from study.publish.profile import level, log_profile
from study.publish.run_notes import layer_note
from study.publish.study_note import verdict_note
from study.publish.tables import write_tables
from study.tracking import temporary_folder
from study.trials import candidate_metrics
from timesnet.extractor import LEAK


def log_conclusion(conclusion: Conclusion) -> None:
    """Layers and baselines as runs, the headline metrics, the verdict as a note and the tables of the study run."""
    conclusion.study.say("  writing tables and the layers' runs ...")
    log_layers(conclusion)
    log_baselines(conclusion)
    log_profile(conclusion)
    log_study(conclusion)
    tracking = conclusion.study.tracking
    with temporary_folder() as folder:
        write_tables(Path(folder), conclusion)
        tracking.folder(tracking.run_id, Path(folder))


def log_layers(conclusion: Conclusion) -> None:
    """One run for each layer name: its best trial's metrics, its summary over the trials, a series by trial."""
    layers, outcome, choice = conclusion.layers, conclusion.outcome, conclusion.choice
    tracking, metric = conclusion.study.tracking, outcome.metric
    digits = max(2, len(str(len(layers) - 1)))
    pictured = {info.name for info in conclusion.records[outcome.trial].layers}
    rows = one_a_row(layers, metric, choice.same_answer)
    rank = {name: place for place, (layer, twins) in enumerate(rows, 1) for name in (layer.layer, *twins)}
    shortlist = {outcome.winner.layer, _runner_up(rows, outcome.winner.layer)}
    also = _twins(rows, outcome.winner.layer)
    twin_of = {twin: first for first, twins in also.items() for twin in twins}
    beside = conclusion.complement
    together = {} if beside is None else dict(zip(beside.rows, beside.select, strict=True))
    tracking.delete_runs(names.LAYER_RUN)
    for layer in layers:
        key = (layer.best_trial, layer.layer, layer.best.pooling)
        wins = key == (outcome.trial, *outcome.winner.key)
        inside = key in outcome.confidence_set
        low, high = choice.interval(key)
        headline = with_interval(names.select(metric), Scored(layer.best.scores[metric], low, high))
        if wins:
            headline |= with_interval(names.test(metric), outcome.test)
        headline |= {
            **_ahead(versus_baseline(outcome, layer.best.scores[metric]), shown=layer.layer in shortlist),
            **with_interval(names.behind_winner(metric), choice.behind(key)),
            names.mean_select(metric): layer.mean_score,
            names.MEAN_RANK: layer.mean_rank,
            names.WINS: float(layer.wins),
            names.WIN_SHARE: choice.frequency.get(layer.layer, 0.0),
            names.IN_CONFIDENCE_SET: float(inside),
        }
        if conclusion.seeds is not None and layer.layer in conclusion.seeds.scores:
            headline[names.seed_mean(metric)] = conclusion.seeds.mean(layer.layer)
            headline[names.seed_spread(metric)] = conclusion.seeds.spread(layer.layer)
        if layer.layer in together:
            headline |= _sides(together[layer.layer], "select", metric)
        metrics = {**names.rounded(headline), **candidate_metrics(layer.best, metric)}
        metrics[names.DEPTH] = float(layer.number)
        tracking.finished_run(
            names.LAYER_RUN,
            f"{layer.number:0{digits}d} {layer.layer}",
            tags={
                **conclusion.study.tags,
                names.RUN_COLOUR: _colour(layer, outcome, inside),
                names.ANSWER: twin_of.get(layer.layer, names.OWN),
                names.NOTE: layer_note(
                    layer,
                    metric,
                    rank=rank[layer.layer],
                    layers=len(rows),
                    twin=twin_of.get(layer.layer, ""),
                ),
                # Its picture follows, see log_pictures.
                **({MLFLOW_LOGGED_IMAGES: "True"} if layer.layer in pictured else {}),
            },
            params={
                "layer": layer.layer,
                "layer_kind": layer.module_type,
                "best_trial": layer.best_trial,
                "pooling": layer.best.pooling,
                **({"also": ", ".join(also[layer.layer])} if also.get(layer.layer) else {}),
            },
            metrics=metrics,
            series={f"{names.BY_TRIAL}{names.select(metric)}": sorted(layer.scores.items())},
        )


def _runner_up(rows: Iterable[tuple[LayerSummary, list[str]]], winner: str) -> str | None:
    """The best layer that gives another answer than the winner's, by `one_a_row`."""
    return next((layer.layer for layer, also in rows if winner not in (layer.layer, *also)), None)


def _twins(rows: Iterable[tuple[LayerSummary, list[str]]], winner: str) -> dict[str, list[str]]:
    """By `one_a_row` of each layer that is shown those that give the same answer; of its twins the winner is shown."""
    found = {}
    for layer, also in rows:
        group = [layer.layer, *also]
        first = winner if winner in group else layer.layer
        found[first] = [name for name in group if name != first]
    return found


def _ahead(value: float, *, shown: bool) -> dict[str, float]:
    """How far a row is ahead of the best baseline, and the same in hundredths for the few that are shown as bars."""
    return {names.VS_BASELINE: value, **({names.POINTS: 100 * value} if shown else {})}


def log_pictures(conclusion: Conclusion, pictures: Mapping[str, Image.Image]) -> None:
    """Each layer's picture on its run, in files of the names by which MLflow shows images side by side.

    MLflow's own call would, repeated after an outage, leave a second one.
    """
    tracking = conclusion.study.tracking
    for run in tracking.runs(names.LAYER_RUN):
        picture = pictures.get(run.data.params["layer"])
        if picture is None:
            continue
        place = f"{names.MAP_IMAGE}+step+0+timestamp+{run.info.start_time}+{uuid.UUID(run.info.run_id)}"
        with temporary_folder() as folder:
            (images := Path(folder) / "images").mkdir()
            picture.save(images / f"{place}.png")
            compress_image_size(picture).save(images / f"{place}+compressed.webp")
            tracking.folder(run.info.run_id, Path(folder))


def log_baselines(conclusion: Conclusion) -> None:
    """One run for each row beside the layers, with the metric names of the layers, so that they sort among them."""
    outcome, tracking, metric = conclusion.outcome, conclusion.study.tracking, conclusion.outcome.metric
    tracking.delete_runs(names.BASELINE_RUN)
    for baseline in outcome.baselines:
        headline = with_interval(names.select(metric), baseline.select)
        headline |= with_interval(names.test(metric), baseline.test)
        embeds = baseline.kind == BASELINE_ROW and baseline.candidate.dim > 0
        headline |= _ahead(versus_baseline(outcome, baseline.select.value), shown=embeds)
        params = {
            "layer": baseline.row,
            "layer_kind": baseline.kind,
            "pooling": baseline.candidate.pooling,
        }
        if baseline.name == UNTRAINED:
            params["best_layer"] = baseline.candidate.layer
        metrics = {**names.rounded(headline), **candidate_metrics(baseline.candidate, metric)}
        del metrics[names.DEPTH]  # a baseline has no place among the layers
        tracking.finished_run(
            names.BASELINE_RUN,
            f"{baseline.kind} {baseline.name}",
            tags={
                **conclusion.study.tags,
                names.RUN_COLOUR: BASELINE,
                names.ANSWER: names.OWN,
                names.NOTE: _baseline_note(baseline),
            },
            params=params,
            metrics=metrics,
            series=level(conclusion, baseline),
        )


def _baseline_note(baseline: BaselineOutcome) -> str:
    """What a row beside the layers is, one line of markdown."""
    words = f"{baseline.row} ({found})" if (found := row_in_words(baseline)) else baseline.row
    probed = ", probed as the layers are" if baseline.candidate.k else ""
    return as_text(f"{words[:1].upper()}{words[1:]}{probed}.")


def log_study(conclusion: Conclusion) -> None:
    """Headline metrics of the winner and the verdict as a note, on the study run."""
    outcome, choice, tracking = conclusion.outcome, conclusion.choice, conclusion.study.tracking
    metric = outcome.metric
    best = outcome.best_baseline
    tracking.log(
        tracking.run_id,
        names.rounded(
            {
                **_trained_again(conclusion),
                **_together(conclusion, metric),
                **with_interval(names.select(metric), outcome.select),
                names.corrected_select(metric): outcome.corrected,
                **with_interval(names.test(metric), outcome.test),
                names.baseline_test(metric): best.test.value,
                **with_interval(names.advantage_test(metric), outcome.advantage),
                names.CONFIDENCE_SET_SIZE: float(outcome.distinct_not_ruled_out),
                names.DISTINCT_CANDIDATES: float(outcome.distinct),
                names.BLOCK_LENGTH: float(choice.block_length),
                names.SPA_P_VALUE: outcome.spa_p_value,
            }
        ),
    )
    tracking.tag(
        tracking.run_id,
        {
            names.NOTE: verdict_note(outcome, conclusion.layers, choice, answer=conclusion.answer),
            names.BANNER: banner(outcome, leak=conclusion.leak),
            **({LEAK: conclusion.leak} if conclusion.leak else {}),
            "winner_layer": outcome.winner.layer,
            "winner_pooling": outcome.winner.pooling,
            "winner_trial": outcome.trial,
            "best_baseline": best.name,
        },
    )


def _trained_again(conclusion: Conclusion) -> dict[str, float]:
    """What other periods and seeds say of the winner's variant, where they were asked for."""
    metrics: dict[str, float] = {}
    periods, seeds = conclusion.periods, conclusion.seeds
    if periods is not None and periods.pooled is not None:
        metrics |= with_interval(names.period_advantage(conclusion.outcome.metric), periods.pooled)
        metrics[names.PERIODS_AHEAD] = float(periods.ahead_in)
    if seeds is not None and seeds.agreement is not None:
        metrics[names.SEED_AGREEMENT] = seeds.agreement
    return metrics


def _together(conclusion: Conclusion, metric: str) -> dict[str, float]:
    """What the winner and another table add to each other on test, where there is one."""
    if conclusion.complement is None:
        return {}
    return {
        **with_interval(names.table_alone("test", metric), conclusion.complement.test.table),
        **with_interval(names.layer_alone("test", metric), conclusion.complement.test.layer),
        **_sides(conclusion.complement.test, "test", metric),
    }


def _sides(sides: Sides, split: str, metric: str) -> dict[str, float]:
    return {
        **with_interval(names.together(split, metric), sides.both),
        **with_interval(names.gain_over_table(split, metric), sides.over_table),
        **with_interval(names.gain_over_layer(split, metric), sides.over_layer),
    }


def _colour(layer: LayerSummary, outcome: Outcome, inside: bool) -> str:
    if layer.layer == outcome.winner.layer:
        return WINNER
    return ALIKE if inside else OTHER


def with_interval(name: str, scored: Scored) -> dict[str, float]:
    """A score and its bounds by the names of their metrics."""
    return {name: scored.value, names.low(name): scored.low, names.high(name): scored.high}
