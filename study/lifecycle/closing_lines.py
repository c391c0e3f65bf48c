"""The lines that a study ends with: verdict, table, what to do next."""

import os
from collections.abc import Mapping

from study.choice import best_first
from study.conclusion import Findings
from study.display import without_secrets
from study.publish import CHAMPION
from study.tracking import host, ui_command

SHOWN_LAYERS = 8


def say_verdict(findings: Findings) -> None:
    """The verdict in words, the best layers and the baselines beside them."""
    outcome, layers, say = findings.outcome, findings.layers, findings.study.say
    metric = outcome.metric
    say("")
    say(outcome.headline())
    for sentence in outcome.sentences():
        say(f"  {sentence}")
    say("")
    ranked = best_first(layers, metric)
    named = [layer.layer for layer in ranked[:SHOWN_LAYERS]] + [
        baseline.title for baseline in outcome.baselines
    ]
    width = max(map(len, named))
    say(f"  {'layer':<{width}} {'best trial':>10}  select {metric:<8} mean over trials")
    for layer in ranked[:SHOWN_LAYERS]:
        score = layer.best.scores[metric]
        say(f"  {layer.layer:<{width}} {layer.best_trial:>10}  {score:<15.3f} {layer.mean_score:.3f}")
    if len(ranked) > SHOWN_LAYERS:
        say(f"  ... and {len(ranked) - SHOWN_LAYERS} more")
    say(f"  {'beside the layers':<{width}} {'':>10}  select {metric:<24} test {metric}")
    for baseline in outcome.baselines:
        say(f"  {baseline.title:<{width}} {'':>10}  {baseline.select!s:<31} {baseline.test}")
    if findings.purposes is not None:
        say("  which layer for which purpose (select auc):")
        for sentence in findings.purposes.sentences():
            say(f"    {sentence}")


def say_next_steps(findings: Findings, pages: Mapping[str, str]) -> None:
    """Links into the UI by name, without their host, and the lines that load the winner by the name that it has."""
    say = findings.study.say
    uri = without_secrets(findings.study.tracking.uri)
    say("")
    if uri.startswith("http"):
        say("look at it:")
    else:
        say(f"look at it:  {ui_command(uri)}")
        say("then open")
    for name, page in pages.items():
        say(f"  {name:<15} {host(uri)}/{page}")
    name, version = findings.configuration.model_name, findings.version
    model = findings.load_uri
    say(f"load the winner from {os.getcwd()} or with MLFLOW_TRACKING_URI set:")
    say(f'  mlflow.pyfunc.load_model("{model}").predict({findings.data.source.example()[1]})')
    if findings.data.has_candles:
        say(f"  mlflow run . -e extract -P model={model} -P data=candles.csv --env-manager local")
    if version is not None and CHAMPION not in findings.aliases:
        say(
            "it is not the champion, which extract takes unless it is told otherwise; to make it the champion:"
        )
        say(f"  mlflow run . -e promote -P version={version} -P model_name={name} --env-manager local")
