"""The lines that a study ends with: verdict, table, what to do next."""

from collections.abc import Mapping
from textwrap import indent

from study.choice import one_a_row, versus_baseline
from study.conclusion import Conclusion
from study.display import signed, without_secrets
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
    ranked = one_a_row(layers, metric, conclusion.choice.same_answer)
    named = [layer.layer for layer, _ in ranked[:SHOWN_LAYERS]] + [row.title for row in outcome.baselines]
    width = max(map(len, named))
    say(f"  {'layer':<{width}}  vs best baseline  select {metric:<8} trial")
    for layer, also in ranked[:SHOWN_LAYERS]:
        score = layer.best.scores[metric]
        ahead = signed(versus_baseline(outcome, score))
        twins = f"   also: {', '.join(also)}" if also else ""
        say(f"  {layer.layer:<{width}}  {ahead:<16}  {score:<15.3f} {layer.best_trial:>5}{twins}")
    if len(ranked) > SHOWN_LAYERS:
        say(f"  ... and {len(ranked) - SHOWN_LAYERS} more")
    say(f"  {'to compare with':<{width}}  {'':<16}  select {metric:<24} test {metric}")
    for row in outcome.baselines:
        ahead = signed(versus_baseline(outcome, row.select.value))
        say(f"  {row.title:<{width}}  {ahead:<16}  {row.select!s:<31} {row.test}")
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
