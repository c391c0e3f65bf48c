"""The answer in three lines: what it claims, in words a person without statistics reads."""

from dataclasses import replace

import pytest

from study.choice.answer import answer_of, banner, baseline_in_words
from study.choice.complement import Complement, Sides
from study.choice.outcome import Scored
from tests.study.publish.test_study_note import candidate, finished_study

CLASSES = ("calm", "volatile")


def outcome(*, advantage=(0.01, -0.02, 0.04), metric="auc", layer="model.1", pooling="mean"):
    found, _, _ = finished_study(["model.0"])
    return replace(
        found,
        winner=candidate(layer, 0.7, pooling),
        metric=metric,
        advantage=Scored(*advantage),
        lead=Scored(*advantage),
        trial=7,
    )


def test_a_winner_is_named_with_what_it_is_and_with_the_line_that_loads_it():
    answer = answer_of(
        outcome(advantage=(0.02, 0.01, 0.04)), class_names=CLASSES, n_classes=2, load="embedder = load()"
    )
    assert answer.which.startswith(
        "model.1 of trial 7 (a trial is one trained network), the output of block 2"
    )
    assert "averaged over the window" in answer.which
    assert f"Its test score is above that of all {len(outcome().baselines)} baselines." in answer.which
    assert "more than chance" in answer.how_much
    assert answer.now_what == "Use it: candles in, a vector for each window out. embedder = load()"


@pytest.mark.parametrize("advantage", [(0.01, -0.02, 0.04), (-0.01, -0.02, 0.04), (-0.03, -0.04, -0.02)])
def test_one_that_is_not_shown_to_be_better_is_never_called_a_winner(advantage):
    answer = answer_of(
        outcome(advantage=advantage), class_names=CLASSES, n_classes=2, load="embedder = load()"
    )
    assert answer.which.startswith("No trained layer is shown to be better than the baseline raw window (")
    assert "model.1 of trial 7" in answer.which
    assert answer.now_what.startswith("Use raw window instead of a layer")
    assert "load()" not in answer.now_what
    assert banner(outcome(advantage=advantage)).startswith("No layer is shown to beat raw window")


def test_a_baseline_that_is_better_on_test_is_named_whatever_select_said_of_it():
    found = outcome(advantage=(0.02, 0.01, 0.04))
    best = found.best_baseline
    assert found.beats_baselines and found.strongest_baseline is best
    above = replace(best, name="HAR", select=Scored(0.5, 0.4, 0.6), test=Scored(0.72, 0.68, 0.76))
    found = replace(found, baselines=(*found.baselines, above), lead=Scored(-0.02, -0.05, 0.01))
    assert found.best_baseline is best
    assert not found.beats_baselines and found.strongest_baseline is above
    answer = answer_of(found, class_names=CLASSES, n_classes=2, load="embedder = load()")
    assert f"better than the baseline {above.name} (" in answer.which
    # A lead over another baseline was taken for a win.
    assert f"70.0 % of the time, {above.name} 72.0 %, guessing 50 %" in answer.how_much
    assert "−2.0 points, plausibly −5.0 to +1.0, so there may be none" in answer.how_much
    assert best.name not in answer.how_much and "+2.0" not in answer.how_much
    assert "load()" not in answer.now_what
    assert banner(found).startswith(f"No layer is shown to beat {above.name}") and "0.720" in banner(found)


def test_too_few_windows_to_tell_are_said_with_what_to_do():
    few, many = (replace(outcome(), n_blocks=blocks) for blocks in (9.6, 40.0))
    said = answer_of(few, class_names=CLASSES, n_classes=2, ahead=True).now_what
    assert "too little data to tell layers apart" in said and "about 10 independent stretches of time" in said
    assert "-e fetch" in said
    assert "few blocks" in " ".join(few.sentences()) and "few blocks" not in " ".join(many.sentences())
    assert "too little data" not in answer_of(many, class_names=CLASSES, n_classes=2, ahead=True).now_what


def test_baselines_that_do_no_better_than_guessing_are_not_advised():
    found = outcome()
    guesses = tuple(replace(one, test=Scored(0.52, 0.45, 0.59)) for one in found.baselines)
    answer = answer_of(replace(found, baselines=guesses), class_names=CLASSES, n_classes=2)
    assert answer.now_what.startswith("Rely on none of it")


def test_a_share_of_pairs_is_said_as_one_with_the_difference_in_points():
    answer = answer_of(outcome(), class_names=CLASSES, n_classes=2)
    assert "given a “volatile” and a “calm” window, the layer tells which is which 70.0 %" in answer.how_much
    ahead = answer_of(outcome(), class_names=CLASSES, n_classes=2, ahead=True).how_much
    assert "a window that “volatile” candles followed and one that “calm” candles followed" in ahead
    assert "the last part of the data" in ahead and "a part of the data" in answer.how_much
    assert "guessing 50 %" in answer.how_much
    assert "The difference is +1.0 points, plausibly −2.0 to +4.0, so there may be none" in answer.how_much


def test_classes_without_names_and_more_than_two_of_them():
    assert "class-1" in answer_of(outcome(), n_classes=2).how_much
    three = answer_of(outcome(metric="balanced_accuracy"), n_classes=3)
    assert "guessing 33 %" in three.how_much
    assert "a window of one class and one of another" in answer_of(outcome(), n_classes=3).how_much


@pytest.mark.parametrize(("metric", "better"), [("log_loss", "lower"), ("mcc", "higher")])
def test_a_metric_that_is_no_share_is_said_with_its_direction(metric, better):
    said = answer_of(outcome(metric=metric), n_classes=2).how_much
    assert f"{metric} ({better} is better) is 0.700 at the layer" in said and "%" not in said
    assert "+0.010, plausibly −0.020 to +0.040" in said


def test_a_leak_comes_before_everything_and_nothing_is_advised_but_its_end():
    leak = "these embeddings know the future: input 'next' is the return of the next row. What a probe reads was fed in"
    good = outcome(advantage=(0.02, 0.01, 0.04))
    answer = answer_of(good, n_classes=2, load="embedder = load()", leak=leak)
    assert str(answer).startswith(f"Warning! {leak}.") and len(answer.lines()) == 4
    assert "Use it" not in answer.now_what and "load()" not in answer.now_what
    assert banner(good, leak=leak) == leak.split(". ")[0]
    assert len(answer_of(good, n_classes=2).lines()) == 3


def test_a_banner_is_one_short_plain_line():
    text = banner(outcome(layer="model.0.conv.2.kernels.3"))
    assert len(text) < 160 and "\n" not in text and "*" not in text


@pytest.mark.parametrize(
    ("metric", "over_layer", "over_table", "words"),
    [
        ("auc", (0.05, 0.02, 0.08), (0.04, 0.01, 0.07), "does so 60.0 % of the time|fuse them"),
        (
            "auc",
            (0.05, 0.02, 0.08),
            (0.01, -0.01, 0.03),
            "to the layer a.csv adds +5.0 points|a.csv alone may do",
        ),
        ("auc", (0.0, -0.01, 0.01), (0.04, 0.01, 0.07), "plausibly −1.0 to +1.0|the layer alone may do"),
        (
            "mcc",
            (0.0, -0.01, 0.01),
            (0.0, -0.01, 0.01),
            "has mcc 0.600, the layer alone 0.700|Neither is shown",
        ),
    ],
)
def test_what_another_table_adds_is_said_with_what_to_do(metric, over_layer, over_table, words):
    sides = Sides(
        layer=Scored(0.7, 0.6, 0.8),
        table=Scored(0.6, 0.5, 0.7),
        both=Scored(0.75, 0.7, 0.8),
        over_layer=Scored(*over_layer),
        over_table=Scored(*over_table),
    )
    found = Complement(
        metric=metric,
        table="a.csv",
        rows=("model.0",),
        poolings=("mean",),
        select=(sides,),
        winner=0,
        test=sides,
    )
    lines = dict(answer_of(outcome(metric=metric), n_classes=2, complement=found).lines())
    assert list(lines) == ["Which?", "How much?", "Together?", "Now what?"]
    assert all(word in lines["Together?"] for word in words.split("|"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("HAR", "of the last 1, 4, 16 and 48 candles, averaged)"),
        ("HAR (1, 4, 16, 24 candles)", "of the last 1, 4, 16 and 24 candles, averaged)"),
        (
            "HAR (1, 4 candles) + calendar",
            "of the last 1 and 4 candles, averaged, with time of day and weekday)",
        ),
        ("raw window", "no network at all)"),
    ],
)
def test_a_baseline_is_explained_whatever_the_length_of_the_window(name, words):
    assert baseline_in_words(name).startswith(f"{name} (") and baseline_in_words(name).endswith(words)
