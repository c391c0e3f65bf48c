"""The lines that a study ends with: verdict, table, what to do next."""

from collections.abc import Mapping
from textwrap import indent

from study.choice import best_first
from study.conclusion import Conclusion
from study.display import without_secrets
from study.publish import CHAMPION
from study.tracking import host, promote_command, ui_command

SHOWN_LAYERS = 8
FIRST_PAGE = "report"
USE_IT = "use it, from any folder:"
LOAD_IT = "to load the layer all the same, from any folder:"


def say_verdict(conclusion: Conclusion) -> None:
    """The verdict in words, the best layers and the baselines beside them."""
    outcome, layers, say = conclusion.outcome, conclusion.layers, conclusion.study.say
    metric = outcome.metric
    say("")
    say(str(conclusion.answer))
    say("")
    say("details for statisticians:")
    for sentence in (f"{outcome.headline()}.", *outcome.sentences()):
        say(f"  {sentence}")
    say("")
    say("scores of the layers, and of what they are to be compared with (brackets: plausible range):")
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
    say(f"  {'to compare with':<{width}} {'':>10}  select {metric:<24} test {metric}")
    for baseline in outcome.baselines:
        say(f"  {baseline.title:<{width}} {'':>10}  {baseline.select!s:<31} {baseline.test}")
    if conclusion.complement is not None:
        say(f"  together with {conclusion.complement.table}:")
        for sentence in conclusion.complement.sentences():
            say(f"    {sentence}")
    if conclusion.purposes is not None:
        say(
            "  what else the winner's network tells (label and candles ahead; select auc, quicker probes than above):"
        )
        for sentence in conclusion.purposes.sentences():
            say(f"    {sentence}")


def say_next_steps(conclusion: Conclusion, pages: Mapping[str, str], report: str | None) -> None:
    """Where to look and what to paste: the report, which needs no server, the UI, the winner's name.

    Args:
        pages: of the UI by name, without their host; `report`: the report's address as a file, None where it lies on
            a server.
    """
    say, steps = conclusion.study.say, conclusion.next_steps
    uri = without_secrets(conclusion.study.tracking.uri)
    say("")
    if report is not None:
        say(f"read it:  {report}")
    if uri.startswith("http"):
        say(f"see it:   {host(uri)}/{pages[FIRST_PAGE]}")
    else:
        say(f"see it:   make ui   (or {ui_command(uri)})")
    say(USE_IT if conclusion.outcome.beats_baselines else LOAD_IT)
    say(indent(steps.python(), "  "))
    if (extract := steps.extract()) is not None:
        say(f"  {extract}")
    version = conclusion.version
    if version is not None and CHAMPION not in conclusion.aliases:
        say("it is not the champion, which loads where no version is named; to make it the champion:")
        say(f"  {promote_command(uri, conclusion.configuration.model_name, version)}")
