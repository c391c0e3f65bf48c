"""The end of a study: choose the winner, then open the test split for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from study.baselines import (
    BASELINE,
    PREDICTION,
    UNTRAINED,
    Probed,
    probe_baselines,
    probe_untrained,
    table_name,
)
from study.choice import (
    BaselineOutcome,
    Choice,
    Outcome,
    PeriodScores,
    Scored,
    SeedScores,
    better_on_test,
    choose,
    difference_interval,
    find_complement,
    find_purposes,
    open_layer,
    score_interval,
    score_periods,
    score_seeds,
    summarise_layers,
    superiority,
)
from study.conclusion import Conclusion
from study.data import StudyData
from study.engines import choosing_processes
from study.errors import StudyError
from study.search import codes_in_words
from study.study import Study
from study.tracking import openings_elsewhere, record_opening
from study.trials import TrialRecord, best_by_layer, best_candidate, best_predictions, utility
from timesnet import TimesNet


def conclude(
    study: Study,
    records: Mapping[int, TrialRecord],
    *,
    model_of: Callable[[int], TimesNet],
    why_none: Callable[[], str],
) -> Conclusion:
    """Choose the winner, then open the test split for it and the baselines.

    Args:
        records: of the completed trials, by number.
        model_of: the trained network of a trial.
        why_none: why the newest trial without a record has none.

    Raises StudyError where no trial was completed.
    """
    configuration, data, metric, say = study.configuration, study.data, study.metric, study.say
    if not records:
        unsaid = f"timeout={configuration.timeout:g} s" if configuration.timeout else "see its run"
        raise StudyError(
            f"study {study.name!r}: no trial was completed, so there is nothing to choose from "
            f"(the last one: {why_none() or unsaid}); give more trials=..., or "
            "another space or data with name=..."
        )
    say("")
    say("choosing the winner: probing the baselines ...")
    baselines = probe_baselines(data, metric=metric, seed=study.seed, say=say)
    say("  comparing all candidates on select ...")
    choice = choose(
        records,
        data,
        metric=metric,
        rule=configuration.selection,
        seed=study.seed,
        processes=choosing_processes(configuration.workers),
        say=say,
    )
    winner, model = choice.winner, model_of(choice.trial)
    say("  probing an untrained network of the winner's shape ...")
    untrained = probe_untrained(model.config, data, metric=metric, seed=study.seed)
    beside = [*baselines, _untrained(untrained, data, metric)]
    for number, place in best_predictions(records, metric).values():
        network = model if number == choice.trial else model_of(number)
        beside.append(_prediction(records[number], place, network, data))
    purposes = None
    if data.has_candles and configuration.other_labels:
        say("  probing the winner's network for other labels ...")
        candidates = best_by_layer(records[choice.trial].candidates, metric)
        purposes = find_purposes(model, candidates, winner, data, configuration.other_labels)
    say("  opening the test split for the winner and the baselines ...")
    openings = record_opening(study.tracking, f"{winner.layer} ({winner.pooling}) of trial {choice.trial}")
    opened = open_layer(model, winner, data)
    outcome = _outcome(study, choice, opened.probability, beside, tuple(openings))
    complement = None
    if data.table is not None:
        say(f"  probing the winner's network together with {data.table.name} ...")
        complement = find_complement(
            model,
            best_by_layer(records[choice.trial].candidates, metric),
            winner=winner,
            record=records[choice.trial],
            table=next(row for row in baselines if row.name == table_name(data.table)),
            opened=opened,
            data=data,
            metric=metric,
            seed=study.seed,
        )
    periods, seeds = _trained_again(study, records[choice.trial], outcome)
    sentences = tuple(found.sentence() for found in (periods, seeds) if found is not None)
    return Conclusion(
        study=study,
        outcome=replace(outcome, trained_again=sentences),
        choice=choice,
        layers=summarise_layers(records, metric),
        records=records,
        model=model,
        opened=opened,
        periods=periods,
        seeds=seeds,
        purposes=purposes,
        complement=complement,
    )


def _trained_again(
    study: Study, record: TrialRecord, outcome: Outcome
) -> tuple[PeriodScores | None, SeedScores | None]:
    """The winner's variant in other periods and under other seeds, as far as the study asks for it."""
    configuration, data, metric = study.configuration, study.data, study.metric
    periods = seeds = None
    if configuration.periods:
        against = outcome.best_baseline
        periods = score_periods(
            data,
            record.variant,
            outcome.winner,
            (against.name, against.candidate),
            number=configuration.periods,
            metric=metric,
            seed=record.seed,
            say=study.say,
        )
    if configuration.seeds > 1:
        seeds = score_seeds(
            record, data, outcome.winner.layer, number=configuration.seeds, metric=metric, say=study.say
        )
    return periods, seeds


def _outcome(
    study: Study,
    choice: Choice,
    probability: np.ndarray,
    beside: Sequence[Probed],
    openings: tuple[dict[str, str], ...],
) -> Outcome:
    data, metric, seed = study.data, study.metric, study.seed
    test = {row.name: row.test() for row in beside}

    def scored(p: np.ndarray, split: str) -> Any:
        return score_interval(data, p, split, metric=metric, seed=seed)

    outcomes = [
        BaselineOutcome(
            name=row.name,
            kind=row.kind,
            candidate=row.candidate,
            select=scored(row.probability, "select"),
            test=scored(test[row.name], "test"),
        )
        for row in beside
    ]
    outcomes.sort(key=lambda outcome: -utility(metric, outcome.select.value))
    best = next(outcome.name for outcome in outcomes if outcome.kind == BASELINE)
    of_winner = scored(probability, "test")
    above = better_on_test(of_winner, outcomes, metric)

    def ahead_of(name: str) -> Scored:
        return difference_interval(data, probability, test[name], "test", metric=metric, seed=seed)

    advantage = ahead_of(best)
    return Outcome(
        metric=metric,
        trial=choice.trial,
        winner=choice.winner,
        candidates=len(choice.keys),
        distinct=choice.distinct,
        select=scored(choice.winner_probability, "select"),
        test=of_winner,
        corrected=choice.corrected,
        baselines=tuple(outcomes),
        advantage=advantage,
        lead=ahead_of(above[0].name) if above else advantage,
        spa_p_value=superiority(
            choice, next(row.probability for row in beside if row.name == best), data, metric=metric
        ),
        confidence_set=choice.confidence_set,
        distinct_not_ruled_out=choice.distinct_not_ruled_out,
        n_blocks=choice.n_blocks,
        runner_up=choice.runner_up,
        openings=openings,
        together_with=data.table.name if data.together and data.table is not None else "",
        averaged=data.averaged,
        caveats=tuple(
            filter(None, (codes_in_words(study.ledger.codes()), openings_elsewhere(study.tracking)))
        ),
    )


def _untrained(record: TrialRecord, data: StudyData, metric: str) -> Probed:
    best = best_candidate(record.candidates, metric)
    row = [candidate.key for candidate in record.candidates].index(best.key)
    network = record.model
    assert network is not None
    return Probed(
        name=UNTRAINED,
        kind=BASELINE,
        candidate=best,
        probability=record.predictions[row],
        test=lambda: open_layer(network, best, data).probability,
    )


def _prediction(record: TrialRecord, place: int, network: TimesNet, data: StudyData) -> Probed:
    candidate = record.candidates[place]
    return Probed(
        name=f"{candidate.layer} of trial {record.number}",
        kind=PREDICTION,
        candidate=candidate,
        probability=record.predictions[place],
        test=lambda: open_layer(network, candidate, data).probability,
    )
