"""The lines that a study ends with: verdict, table, what to do next."""

import os
from collections.abc import Mapping, Sequence

from study.choice import LayerSummary, Outcome, best_first
from study.display import without_secrets
from study.lifecycle.console import Console
from study.publish import CHAMPION
from study.report import Findings, load_uri
from study.tracking import Tracking, host, ui_command

SHOWN_LAYERS = 8


def say_verdict(console: Console, outcome: Outcome, layers: Sequence[LayerSummary]) -> None:
    """The verdict in words, the best layers and the baselines beside them."""
    metric = outcome.metric
    console.say()
    console.say(outcome.headline())
    for sentence in outcome.sentences():
        console.say(f"  {sentence}")
    console.say()
    ranked = best_first(layers, metric)
    named = [layer.layer for layer in ranked[:SHOWN_LAYERS]] + [
        baseline.name for baseline in outcome.baselines
    ]
    width = max(map(len, named))
    console.say(f"  {'layer':<{width}} {'best trial':>10}  select {metric:<8} mean over trials")
    for layer in ranked[:SHOWN_LAYERS]:
        score = layer.best.scores[metric]
        console.say(f"  {layer.layer:<{width}} {layer.best_trial:>10}  {score:<15.3f} {layer.mean_score:.3f}")
    if len(ranked) > SHOWN_LAYERS:
        console.say(f"  ... and {len(ranked) - SHOWN_LAYERS} more")
    console.say(f"  {'baseline':<{width}} {'':>10}  select {metric:<24} test {metric}")
    for baseline in outcome.baselines:
        console.say(f"  {baseline.name:<{width}} {'':>10}  {baseline.select!s:<31} {baseline.test}")


def say_next_steps(
    console: Console, tracking: Tracking, pages: Mapping[str, str], findings: Findings
) -> None:
    """Links into the UI by name, without their host, and the lines that load the winner by the name that it has."""
    uri = without_secrets(tracking.uri)
    console.say()
    if uri.startswith("http"):
        console.say("look at it:")
    else:
        console.say(f"look at it:  {ui_command(uri)}")
        console.say("then open")
    for name, page in pages.items():
        console.say(f"  {name:<15} {host(uri)}/{page}")
    name, version = findings.configuration.model_name, findings.version
    model = load_uri(name, version, findings.aliases)
    console.say(f"load the winner from {os.getcwd()} or with MLFLOW_TRACKING_URI set:")
    console.say(f'  mlflow.pyfunc.load_model("{model}").predict({findings.data.source.example()[1]})')
    if findings.data.has_candles:
        console.say(f"  mlflow run . -e extract -P model={model} -P data=candles.csv --env-manager local")
    if version is not None and CHAMPION not in findings.aliases:
        console.say(
            "it is not the champion, which extract takes unless it is told otherwise; to make it the champion:"
        )
        console.say(
            f"  mlflow run . -e promote -P version={version} -P model_name={name} --env-manager local"
        )
