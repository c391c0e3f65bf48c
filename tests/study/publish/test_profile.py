"""The lines of the depth profile, over trials whose networks have other layers."""

from types import SimpleNamespace

import numpy as np

from study.publish.profile import level, log_profile, profiled
from study.trials import Candidate


def candidate(layer, pooling, depth, score):
    """One with a score; statistics are the depth."""
    return Candidate(
        layer=layer,
        pooling=pooling,
        depth=depth,
        dim=4,
        scores={"auc": score},
        knn_scores={"auc": score / 2},
        separability={"silhouette": depth / 10, "effective_rank": 1.0 + depth},
        unavailable={},
        C=1.0,
        C_on_edge=False,
        k=3,
        k_on_edge=False,
        converged=True,
        tune_score=score,
    )


def conclusion_of(trials, layers, winner):
    """What the profile asks of a study's conclusion, and the runs that it writes."""
    written = []
    tracking = SimpleNamespace(
        delete_runs=lambda kind: written.clear(),
        finished_run=lambda kind, name, **parts: written.append(
            (kind, name, parts["series"], parts["metrics"])
        ),
    )
    return SimpleNamespace(
        outcome=SimpleNamespace(metric="auc", trial=winner),
        records={number: SimpleNamespace(candidates=found) for number, found in trials.items()},
        layers=[SimpleNamespace(layer=layer, number=number) for number, layer in enumerate(layers)],
        study=SimpleNamespace(tracking=tracking, tags={}),
    ), written


def test_a_layer_stands_in_one_place_whatever_its_depth_in_its_own_network():
    # `norm` comes third in networks with two blocks and second in those with one.
    two = [candidate("a", "mean", 0, 0.6), candidate("b", "mean", 1, 0.7), candidate("norm", "mean", 2, 0.8)]
    one = [candidate("a", "mean", 0, 0.5), candidate("a", "last", 0, 0.9), candidate("norm", "mean", 1, 0.6)]
    other = [candidate("a", "mean", 0, 0.7), candidate("norm", "mean", 1, 0.5)]
    conclusion, written = conclusion_of({0: two, 1: one, 2: other}, ("a", "b", "norm"), winner=0)
    log_profile(conclusion)
    log_profile(conclusion)
    # Where the page is sorted by their layers, and of as many by which is newest, the winner's comes first.
    assert [(kind, name) for kind, name, *_ in written] == [
        ("profile", "median of 3 trials"),
        ("profile", "trial 00, the winner's"),
    ]
    assert [metrics for *_, metrics in written] == [{"profile_layers": 3.0}, {"profile_layers": 3.0}]
    median, own = (series for _, _, series, _ in written)
    assert own["depth_profile/select_auc"] == [(0, 0.6), (1, 0.7), (2, 0.8)]
    # Of each trial the layer's best pooling.
    assert median["depth_profile/select_auc"] == [(0, np.median([0.6, 0.9, 0.7])), (1, 0.7), (2, 0.6)]
    assert set(own) == set(median) == {f"depth_profile/{name}" for name in profiled("auc")}


def test_a_baseline_is_level_across_all_places():
    conclusion, _ = conclusion_of({}, ("a", "b", "norm"), winner=0)
    series = level(conclusion, SimpleNamespace(candidate=candidate("raw", "", 0, 0.66)))
    assert series["depth_profile/select_auc"] == [(0, 0.66), (2, 0.66)]
