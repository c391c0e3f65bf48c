"""Tables of resampled scores gone through in pieces, against formulas on the whole."""

import numpy as np
import pytest

from probes import selection_frequency, spa_p_value
from probes.uncertainty.pieces import pieces

M, RESAMPLES = 300, 150


def table(seed=0):
    rng = np.random.default_rng(seed)
    point = rng.normal(0.55, 0.02, M)
    return point, point[:, None] + 0.02 * rng.standard_normal((M, RESAMPLES))


def test_pieces_cover_everything_once():
    for n in (0, 1, 128, 129, 1000):
        assert [i for part in pieces(n) for i in range(n)[part]] == list(range(n))


@pytest.mark.parametrize("higher", [True, False])
def test_selection_frequency_is_the_share_of_wins(higher):
    _, resampled = table()
    resampled[200] = resampled[3]
    signed = resampled if higher else -resampled
    wins = signed == signed.max(axis=0)
    found = selection_frequency(resampled, higher_is_better=higher)
    np.testing.assert_allclose(found, (wins / wins.sum(axis=0)).mean(axis=1))
    assert found[200] == found[3] and found.sum() == pytest.approx(1)


def test_superior_ability_is_its_formula_on_the_whole_table():
    point, resampled = table()
    benchmark, against = 0.56, 0.56 + 0.02 * np.random.default_rng(1).standard_normal(RESAMPLES)
    gain = point - benchmark
    noise = resampled - against - gain[:, None]
    spread = np.sqrt((noise**2).mean(axis=1))
    hopeless = gain < -spread * np.sqrt(2 * np.log(np.log(1000)))
    top = gain.max()
    for dtype in (np.float64, np.float32):
        found = spa_p_value(point, resampled.astype(dtype), benchmark, against, n=1000)
        for p, shift in (
            (found.p_value, np.where(hopeless, gain, 0)),
            (found.lower, np.minimum(gain, 0)),
            (found.upper, np.zeros(M)),
        ):
            chance = (noise + shift[:, None]).max(axis=0)
            assert p == pytest.approx((chance > top).mean(), abs=1e-12)
        assert found.best == np.argmax(gain)


def test_rounded_scores_of_the_benchmark_itself_are_no_discovery():
    point, resampled = table()
    same = np.full(M, point[0]), np.repeat(resampled[:1], M, axis=0).astype(np.float32)
    assert spa_p_value(*same, float(point[0]), resampled[0], n=1000).p_value == 1.0
