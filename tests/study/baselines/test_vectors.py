"""Baselines' vectors: what they are, and that they know nothing but the window."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from study.baselines.vectors import DAYS, HARMONICS, baseline_vectors, har_name, log_ranges, time_of_week
from study.data.from_windows import labelled_study_data
from study.data.ts_files import LabelledSeries
from tests.study.small_trial import prepared


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("candles"), seq_len=20)


def test_har_is_the_mean_log_range_over_each_span(data):
    frame, rows = data.candles.frame, np.array([0, 7, 100])
    expected = [
        [
            np.mean(
                [
                    np.log(np.log(frame["high"].iloc[end - back] / frame["low"].iloc[end - back]) + 1e-4)
                    for back in range(span)
                ]
            )
            for span in (1, 4, 16, 20)
        ]
        for end in data.windows.ends[rows]
    ]
    np.testing.assert_allclose(log_ranges(data, rows), expected, rtol=1e-5)


def test_the_recipe_in_the_documents_makes_har_with_the_calendar(tmp_path, monkeypatch):
    data = prepared(tmp_path, seq_len=48)
    data.candles.frame.to_csv(tmp_path / "candles.csv", index=False)
    page = (Path(__file__).parents[3] / "docs" / "embedding.md").read_text()
    recipe = page.partition("## Where a simple baseline is better")[2].split("```")[1].removeprefix("python")
    monkeypatch.chdir(tmp_path)
    made = {}
    exec(recipe, made)
    rows = np.array([0, 5, len(data.windows) - 1])
    ours = baseline_vectors(data, rows)["HAR + calendar", "ranges"]
    np.testing.assert_allclose(made["vectors"][data.windows.ends[rows]], ours, atol=1e-5)


def test_a_window_shorter_than_the_longest_span_is_said_in_the_name(data, tmp_path):
    assert har_name(data) == "HAR (1, 4, 16, 20 candles)"
    assert har_name(prepared(tmp_path, seq_len=48)) == "HAR"


def test_vectors_know_nothing_after_the_window(data, tmp_path):
    # Beyond the fit split, which sets the scaler.
    known = int(data.windows.ends[data.splits.fit].max())

    def other_future(frame):
        frame = frame.copy()
        frame.loc[known + 1 :, ["open", "high", "low", "close"]] *= 1.5
        return frame

    changed = prepared(tmp_path, other_future, seq_len=20)
    before = np.flatnonzero(data.windows.ends <= known)
    ours, theirs = baseline_vectors(data, before), baseline_vectors(changed, before)
    assert ours.keys() == theirs.keys() and len(ours) > 4
    for key in ours:
        np.testing.assert_array_equal(ours[key], theirs[key], err_msg=str(key))


def test_time_of_week_tells_hours_and_days_apart_and_repeats_each_week():
    dates = pd.date_range("2024-01-01", periods=14 * 24, freq="h", tz="UTC")
    vectors = time_of_week(dates)
    assert vectors.shape == (14 * 24, 2 * HARMONICS + DAYS)
    np.testing.assert_array_equal(vectors[: 7 * 24], vectors[7 * 24 :])
    assert len(np.unique(vectors[: 7 * 24].round(4), axis=0)) == 7 * 24


def test_windows_with_ready_made_labels_have_neither_ranges_nor_a_calendar():
    generator = np.random.default_rng(0)
    series = tuple(generator.normal(size=(12, 2)) for _ in range(240))
    labels = tuple("ab"[i % 2] for i in range(240))
    made = labelled_study_data(
        LabelledSeries(series=series, labels=labels),
        LabelledSeries(series=series[:60], labels=labels[:60]),
        source="made up",
        seed=0,
    )
    names = {name for name, _ in baseline_vectors(made, np.arange(5))}
    assert names == {"last candle", "window statistics", "raw window"}
