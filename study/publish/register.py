"""Turning the winner into a registered extractor, checked against the study's own numbers."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import mlflow
import numpy as np
from safetensors.torch import save

from study.choice import HeldOutPrediction, Outcome, baseline_in_words
from study.conclusion import Conclusion
from study.data import StudyData
from study.display import as_text
from study.errors import StudyError
from study.labels import label_recipe
from study.metrics import CHECKED_WINDOWS, names
from study.publish.champion import BEATS_BASELINE
from study.publish.past_windows import past_windows, scores_in_words
from study.publish.registry import Scores, register
from study.publish.runs import with_interval
from timesnet import Extractor, TimesNet
from timesnet.extractor import CAUTION, LEAK

# Float32 sums in another order, relative to the embedding's own size.
TOLERANCE = 1e-4


@contextmanager
def _said_already() -> Iterator[None]:
    """The study has just said whether its layer beats the baselines; loading the layer would say so again."""
    logger, silence = logging.getLogger("timesnet"), lambda record: False
    logger.addFilter(silence)
    try:
        yield
    finally:
        logger.removeFilter(silence)


@_said_already()
def register_winner(conclusion: Conclusion) -> Conclusion:
    """Register the winner, load it back by name and compare its embeddings with the study's own.

    Returns the conclusion with the version and its aliases. Raises StudyError when the embeddings differ: such a model
    must not stay champion unnoticed.
    """
    study, model, outcome, data = conclusion.study, conclusion.model, conclusion.outcome, conclusion.data
    configuration, tracking, provenance = study.configuration, study.tracking, study.provenance
    winner, metric = outcome.winner, outcome.metric
    study.say("")
    study.say("registering the winner and loading it back ...")
    extractor = Extractor(
        model,
        winner.layer,
        winner.pooling,
        scaler=data.input_scaler(model.config.enc_in),
        features=data.input_features(model.config.enc_in),
        seq_len=data.windows.seq_len,
        freq=model.config.freq,
        interval_seconds=data.source.interval_seconds,
        market=data.source.market,
        inputs=data.source.input_kind,
        by_rows=data.source.by_rows,
        padded=data.source.padded,
        provenance={
            "study": configuration.study_name,
            "trial": outcome.trial,
            "label": data.source.label_kind,
            "horizon": data.source.horizon,
            "data": configuration.data,
            "timezone": configuration.timezone,
            **data.source.notes(),
            **{key: provenance[key] for key in ("data_digest", "git_commit", "study_seed", "splits")},
            **({"label_recipe": _recipe(data)} if data.has_candles else {}),
            **({} if outcome.beats_baselines else {CAUTION: caution(outcome)}),
        },
    )
    extractor.past = past_windows(conclusion, extractor)
    version = register(
        extractor,
        model_name=configuration.model_name,
        run_id=tracking.run_id,
        tags={
            "study": configuration.study_name,
            "candidate": f"trial {outcome.trial} {winner.layer} {winner.pooling}",
            "checkpoint_digest": weights_digest(model),
            "layer": winner.layer,
            "pooling": winner.pooling,
            "dim": winner.dim,
            "metric": metric,
            "select_score": round(outcome.select.value, 4),
            "corrected_score": round(outcome.corrected, 4),
            "test_score": round(outcome.test.value, 4),
            BEATS_BASELINE: str(outcome.beats_baselines).lower(),
            **({LEAK: conclusion.leak} if conclusion.leak else {}),
            **({"together_with": outcome.together_with} if outcome.together_with else {}),
            "label": data.source.label_text,
            "data": configuration.data,
            "data_digest": data.digest,
            "git_commit": provenance["git_commit"],
        },
        params={
            "layer": winner.layer,
            "pooling": winner.pooling,
            "trial": outcome.trial,
            "dim": winner.dim,
            **conclusion.records[outcome.trial].variant,
        },
        scores=[
            Scores(split, data.split_digest(split), names.rounded(with_interval(named(metric), scored)))
            for split, named, scored in (
                ("select", names.select, outcome.select),
                ("test", names.test, outcome.test),
            )
        ],
        description=describe(conclusion, extractor, f"models:/{configuration.model_name}@champion"),
        say=study.say,
        ask=tracking.ask,
    )
    uri = f"models:/{version.name}/{version.version}"
    difference = tracking.ask(lambda: check_registered(uri, data, conclusion.opened))
    tracking.log(tracking.run_id, {"registered_embedding_difference": float(f"{difference:.2g}")})
    tracking.tag(tracking.run_id, {"registered_version": version.version})
    study.say(
        f"registered models:/{version.name}/{version.version}; loaded back, its embeddings differ from the study's "
        f"by at most {difference:.1e}"
    )
    registered = tracking.ask(lambda: tracking.client.get_model_version(version.name, version.version))
    return replace(conclusion, version=str(version.version), aliases=tuple(registered.aliases))


def _recipe(data: StudyData) -> dict[str, Any]:
    return label_recipe(data.label, data.thresholds, data.thresholds_by_symbol)


def check_registered(uri: str, data: StudyData, opened: HeldOutPrediction) -> float:
    """Largest difference between the registered model's embeddings and those probed on the first test windows.

    Raises StudyError when it exceeds `TOLERANCE` relative to the embedding's largest value.
    """
    rows = data.probed.test[:CHECKED_WINDOWS]
    answer = mlflow.pyfunc.load_model(uri).predict(data.source.model_input(rows))
    vectors = data.source.vectors(answer, rows)
    own = opened.embedding[: len(rows)]
    difference = float(np.abs(vectors - own).max())
    if not difference <= TOLERANCE * max(1.0, float(np.abs(own).max())):
        raise StudyError(
            f"{uri} embeds the study's test windows differently: largest difference {difference:.2g}"
        )
    return difference


def weights_digest(model: TimesNet) -> str:
    """SHA-256 of the network's weights, first 16 hex digits."""
    weights = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    return hashlib.sha256(save(weights)).hexdigest()[:16]


def caution(outcome: Outcome) -> str:
    """What whoever loads a layer that does not beat the baselines is told."""
    best = outcome.strongest_baseline
    return (
        f"this layer ({outcome.winner.layer}) is not shown to beat {baseline_in_words(best.name)} on test: "
        f"{outcome.score_name} {outcome.test.value:.3f} against {best.test.value:.3f}"
    )


def describe(conclusion: Conclusion, extractor: Extractor, model: str) -> str:
    """The version's description in the registry, markdown; `model` is the name that its snippet loads."""
    outcome, data = conclusion.outcome, conclusion.data
    winner = outcome.winner
    channels = len(extractor.features)
    inputs = next((name for name, number in data.inputs.items() if number == channels), "candle")
    if data.has_candles:
        inputs += (
            f": {channels} numbers a candle; {extractor.candles_needed} candles in a row give one vector"
        )
    source = "\n".join(f"| {what} | {as_text(value)} |" for what, value in data.source.description())
    past = extractor.past
    kept = (
        ""
        if past is None
        else (
            f"| neighbours | {len(past):,} windows with what followed them, {past.vectors.nbytes / 2**20:.1f} MB: "
            f'`predict(candles, params={{"neighbours": 5}})` names the past ones most like a new one; '
            f"test {outcome.metric} of {as_text(', '.join(scores_in_words(past)))} |\n"
        )
    )
    first = "" if outcome.beats_baselines or conclusion.leak else f"Caution: {as_text(caution(outcome))}.\n\n"
    said = "\n\n".join(f"**{question}** {as_text(line)}" for question, line in conclusion.answer.lines())
    details = " ".join(as_text(sentence) for sentence in (f"{outcome.headline()}.", *outcome.sentences()))
    return f"""{first}{said}

Details for statisticians: {details}

| | |
| --- | --- |
| layer | `{winner.layer}`, {as_text(winner.pooling)} pooling, {winner.dim} numbers a window |
| sees | {inputs} |
{source}
{kept}
```python
{replace(conclusion.next_steps, model=model).python()}
```
"""
