"""Which candidate wins, by how much, and what the test split says of it."""

from study.choice.answer import (
    POOLINGS_IN_WORDS,
    Answer,
    answer_of,
    banner,
    baseline_in_words,
    row_in_words,
    versus_baseline,
)
from study.choice.choose import Choice, choose, difference_interval, score_interval, superiority
from study.choice.complement import Complement, Sides, find_complement
from study.choice.layers_by_label import Purposes, find_purposes
from study.choice.leaderboard import LayerSummary, leaderboard, one_a_row, summarise_layers
from study.choice.other_labels import judged_by_the_mean
from study.choice.outcome import BaselineOutcome, Outcome, Scored, better_on_test
from study.choice.periods import PeriodScores, score_periods
from study.choice.seeds import SeedScores, score_seeds
from study.choice.test_split import HeldOutPrediction, open_layer

__all__ = [
    "POOLINGS_IN_WORDS",
    "Answer",
    "BaselineOutcome",
    "Choice",
    "Complement",
    "HeldOutPrediction",
    "LayerSummary",
    "Outcome",
    "PeriodScores",
    "Purposes",
    "Scored",
    "SeedScores",
    "Sides",
    "answer_of",
    "banner",
    "baseline_in_words",
    "better_on_test",
    "choose",
    "difference_interval",
    "find_complement",
    "find_purposes",
    "judged_by_the_mean",
    "leaderboard",
    "one_a_row",
    "open_layer",
    "row_in_words",
    "score_interval",
    "score_periods",
    "score_seeds",
    "summarise_layers",
    "superiority",
    "versus_baseline",
]
