"""The end of a study: choose the winner, open the test split for it, report, register."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from study.choice import (
    BaselineOutcome,
    Choice,
    Outcome,
    choose,
    difference_interval,
    leaderboard,
    open_baselines,
    open_layer,
    score_interval,
    summarise_layers,
    superiority,
)
from study.configuration import StudyConfiguration
from study.data import StudyData
from study.engines import choosing_processes
from study.errors import StudyError
from study.lifecycle.closing_lines import say_next_steps, say_verdict
from study.lifecycle.console import Console
from study.lifecycle.owner import Owner
from study.lifecycle.presentation import present, registered_version
from study.metrics import names
from study.publish import log_baselines, log_layers, log_study, register_winner, write_tables
from study.report import Findings
from study.tracking import Tracking, record_opening, temporary_folder
from study.trials import (
    MAJORITY,
    UNTRAINED,
    TrialRecord,
    best_candidate,
    probe_baselines,
    probe_untrained,
    utility,
)
from timesnet import load_checkpoint


def end_study(
    configuration: StudyConfiguration,
    *,
    records: Mapping[int, TrialRecord],
    data: StudyData,
    owner: Owner,
    tracking: Tracking,
    console: Console,
    provenance: Mapping[str, Any],
) -> None:
    """Everything after the last trial; doing it again after a crash, or after more trials, replaces what it wrote.

    `records` are those of the completed trials, by number.
    """
    if not records:
        raise StudyError(
            f"study {configuration.study_name!r}: no trial was completed, so there is nothing to choose from "
            f"(the last one: {owner.last_reason() or 'see its run'}); give more trials=..., or "
            "another space or data with name=..."
        )
    metric = configuration.metric
    console.say()
    console.say("choosing the winner: probing the baselines ...")
    baselines = probe_baselines(data, metric=metric, seed=configuration.seed)
    console.say("  comparing all candidates on select ...")
    choice = choose(
        records,
        data,
        metric=metric,
        rule=configuration.selection,
        seed=configuration.seed,
        processes=choosing_processes(configuration.workers),
        say=console.say,
    )
    winner = choice.winner
    with temporary_folder() as folder:
        run_id = owner.run_of(choice.trial)
        model = load_checkpoint(tracking.fetch(run_id, f"{names.TRIAL_FOLDER}/checkpoint", folder))
    console.say("  probing an untrained network of the winner's shape ...")
    untrained = probe_untrained(model.config, data, metric=metric, seed=configuration.seed)

    console.say("  opening the test split for the winner and the baselines ...")
    openings = record_opening(tracking, f"{winner.layer} ({winner.pooling}) of trial {choice.trial}")
    opened = open_layer(model, winner, data)
    outcome = _outcome(configuration, data, choice, opened.probability, baselines, untrained, tuple(openings))
    layers = summarise_layers(records, metric)
    console.say("  writing tables and the layers' runs ...")
    log_layers(tracking, layers, outcome, choice, metric, provenance)
    log_baselines(tracking, outcome, metric, provenance)
    log_study(tracking, outcome, choice, metric, layers)
    with temporary_folder() as folder:
        table = leaderboard(records, metric)
        write_tables(Path(folder), outcome, table=table, records=records, data=data)
        tracking.folder(tracking.run_id, Path(folder))
    say_verdict(console, outcome, layers)
    console.say()
    console.say("registering the winner and loading it back ...")
    register_winner(
        configuration,
        model=model,
        outcome=outcome,
        data=data,
        opened=opened,
        tracking=tracking,
        say=console.say,
        provenance=provenance,
    )
    version, aliases = registered_version(tracking, configuration.model_name)
    findings = Findings(
        configuration=configuration,
        data=data,
        outcome=outcome,
        choice=choice,
        layers=layers,
        records=records,
        trials=owner.ledger.summary(),
        model=model,
        opened=opened,
        provenance=provenance,
        version=version,
        aliases=aliases,
    )
    console.say("drawing the report ...")
    pages = present(findings, tracking=tracking, search=owner.ledger.study, console=console)
    say_next_steps(console, tracking, pages, findings)


def _outcome(
    configuration: StudyConfiguration,
    data: StudyData,
    choice: Choice,
    probability: np.ndarray,
    baselines: Mapping[str, Any],
    untrained: TrialRecord,
    openings: tuple[dict[str, str], ...],
) -> Outcome:
    metric = configuration.metric
    best_untrained = best_candidate(untrained.candidates, metric)
    row = [candidate.key for candidate in untrained.candidates].index(best_untrained.key)
    on_select = {name: (candidate, p) for name, (candidate, p) in baselines.items()}
    on_select[UNTRAINED] = best_untrained, untrained.predictions[row]
    assert untrained.model is not None
    on_test = open_baselines({name: c for name, (c, _) in baselines.items()}, data)
    test = {name: opened.probability for name, opened in on_test.items()}
    test[UNTRAINED] = open_layer(untrained.model, best_untrained, data).probability
    test[MAJORITY] = np.repeat(baselines[MAJORITY][1][:1], len(data.probed.test), axis=0)

    def scored(p: np.ndarray, split: str) -> Any:
        return score_interval(data, p, split, metric=metric, seed=configuration.seed)

    outcomes = [
        BaselineOutcome(name=name, candidate=c, select=scored(p, "select"), test=scored(test[name], "test"))
        for name, (c, p) in on_select.items()
    ]
    outcomes.sort(key=lambda outcome: -utility(metric, outcome.select.value))
    return Outcome(
        metric=metric,
        trial=choice.trial,
        winner=choice.winner,
        candidates=len(choice.keys),
        distinct=choice.distinct,
        select=scored(choice.winner_probability, "select"),
        test=scored(probability, "test"),
        corrected=choice.corrected,
        baselines=tuple(outcomes),
        advantage=difference_interval(
            data, probability, test[outcomes[0].name], "test", metric=metric, seed=configuration.seed
        ),
        spa_p_value=superiority(choice, on_select[outcomes[0].name][1], data, metric=metric),
        confidence_set=choice.confidence_set,
        distinct_not_ruled_out=choice.distinct_not_ruled_out,
        n_blocks=choice.n_blocks,
        runner_up=choice.runner_up,
        openings=openings,
    )
