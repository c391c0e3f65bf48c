"""What the report's figures are made of, without a study."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

from probes import score_probabilities
from study.display.palette import CLASSES, shade
from study.report import page
from study.report.grids import farthest
from study.report.map import principal_components
from study.report.reliability import BINS, bins
from study.report.scores import shortened
from study.report.svg import Scale, spread


def test_components_agree_with_scikit_learn():
    X = np.random.default_rng(0).normal(size=(200, 6)) @ np.random.default_rng(1).normal(size=(6, 6))
    points, shares = principal_components(X)
    other = PCA(2).fit((X - X.mean(0)) / X.std(0))
    np.testing.assert_allclose(shares, other.explained_variance_ratio_, rtol=1e-9)
    theirs = other.transform((X - X.mean(0)) / X.std(0))
    np.testing.assert_allclose(np.abs(points), np.abs(theirs), atol=1e-9)


@pytest.mark.parametrize("X", [np.ones((20, 3)), np.arange(20.0)[:, None], np.zeros((5, 1))])
def test_components_of_flat_embeddings_are_finite(X):
    points, shares = principal_components(X.astype(np.float32))
    assert points.shape == (len(X), 2)
    assert np.isfinite(points).all() and np.isfinite(shares).all()


def test_the_bins_of_the_reliability_diagram_are_those_of_the_calibration_error():
    rng = np.random.default_rng(3)
    said = rng.random(500)
    came = rng.random(500) < said**2
    found = bins(said, came, overlap=1)
    assert sum(count for _, _, count, _, _ in found) == 500
    assert len(found) <= BINS
    assert all(low <= share <= high and low < high for _, share, _, low, high in found)
    # Windows that share candles are fewer witnesses: the same thing said ten times over says it no surer.
    said, came = np.repeat(said, 10), np.repeat(came, 10)
    for alone, repeated in zip(found, bins(said, came, overlap=10), strict=True):
        assert repeated[4] - repeated[3] == pytest.approx(alone[4] - alone[3], rel=0.1)
    assert bins(said[:19], came[:19], overlap=1) == []
    said, came = said[::10], came[::10]
    scores, _ = score_probabilities(came.astype(int), np.stack([1 - said, said], axis=1))
    error = sum(count * abs(mean - share) for mean, share, count, _, _ in found) / 500
    assert error == pytest.approx(scores["ece"])


def test_ticks_are_round_and_inside():
    for low, high in ((0.5, 0.74), (-3, 17), (40_000, 68_000), (0, 1e-4), (5, 5)):
        ticks = Scale(low, high, 0, 100).ticks()
        assert 1 <= len(ticks) <= 13
        assert all(low - 1e-12 <= tick <= high + 1e-12 for tick in ticks)
        assert all(float(f"{tick:.12g}") == pytest.approx(tick) for tick in ticks)


def test_spread_labels_do_not_overlap_and_keep_their_order():
    wanted = [10.0, 10.0, 11.0, 40.0, 12.0]
    placed = spread(wanted, 14)
    inside = sorted(placed)
    assert all(b - a >= 14 - 1e-9 for a, b in pairwise(inside))
    assert np.argsort(wanted, kind="stable").tolist() == np.argsort(placed, kind="stable").tolist()
    assert spread([1.0, 100.0], 14) == [1.0, 100.0]


def test_shades_grow_lighter_for_every_eye():
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(np.dot((0.2126, 0.7152, 0.0722), linear))

    found = [luminance(shade(share)) for share in np.linspace(0, 1, 50)]
    assert all(b > a for a, b in pairwise(found))
    assert len(set(CLASSES)) == len(CLASSES)


def test_long_names_keep_both_ends():
    assert shortened("short", 10) == "short"
    long = shortened("enc_embedding.temporal_embedding.embed", 20)
    assert len(long) == 20 and long.startswith("enc_emb") and long.endswith(".embed")


def test_a_layer_at_chance_takes_no_colour_from_the_others():
    near = np.array([0.74, 0.76, 0.75, 0.745, 0.755, 0.76, 0.74, 0.75, 0.752, 0.758, 0.76, 0.74])
    assert farthest(np.append(near, [0.5, np.nan]), 0.75) == pytest.approx(0.01, abs=1e-6)
    assert farthest(np.array([0.7]), 0.7) > 0


def luminance(colour):
    """Relative luminance (WCAG 2.2) of #rrggbb."""
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_mark_stands_out_from_the_paper(scheme):
    css = (Path(page.__file__).parent / "page.css").read_text()
    colours = dict(
        re.findall(r"(--[\w-]+): (#\w{6});", re.findall(r":root[^{]*\{[^}]*--paper[^}]*\}", css)[scheme])
    )
    for mark in ("winner-mark", "own-mark", "faint", "level", "price", "ink"):
        light, dark = sorted((luminance(colours[f"--{mark}"]), luminance(colours["--paper"])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3, mark
