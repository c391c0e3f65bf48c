"""One candidate end to end: choice on tune, refit on fit + tune, scores on select."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probes import (
    METRICS,
    SEPARABILITY,
    ProbeData,
    ProbeError,
    even_subsample,
    probe_candidates,
    quick_scores,
)

N = 900
CS = (1e-3, 1e-1, 1e1)
KS = (3, 9, 27)


def make_data(n_classes=2, seed=0):
    labels = np.random.default_rng(seed).integers(0, n_classes, N)
    return ProbeData(
        fit_rows=np.arange(0, 500),
        tune_rows=np.arange(520, 700),
        select_rows=np.arange(720, N),
        labels=labels,
        n_classes=n_classes,
    )


def informative(data, strength=1.0, dim=6, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N, dim))
    X[:, 0] += strength * data.labels
    return X.astype(np.float32)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_is_what_a_scikit_learn_loop_finds(n_classes):
    data = make_data(n_classes)
    X = informative(data)
    result = probe_candidates({"a": X}, data, Cs=CS, ks=KS, metric="accuracy")["a"]

    def pipeline(C):
        return make_pipeline(StandardScaler(), LogisticRegression(C=C, tol=1e-9, max_iter=9999))

    X64, y = X.astype(np.float64), data.labels
    tuned = [
        pipeline(C).fit(X64[data.fit_rows], y[data.fit_rows]).score(X64[data.tune_rows], y[data.tune_rows])
        for C in CS
    ]
    assert result.tune_score == pytest.approx(max(tuned))
    assert CS[int(np.argmax(tuned))] == result.C
    refit = pipeline(result.C).fit(X64[data.refit_rows], y[data.refit_rows])
    expected = refit.predict_proba(X64[data.select_rows])
    np.testing.assert_allclose(result.select_probability, expected, atol=1e-4)
    assert result.logistic_converged


def test_knn_is_what_a_scikit_learn_loop_finds():
    data = make_data()
    X = informative(data)
    result = probe_candidates({"a": X}, data, Cs=CS, ks=KS)["a"]
    X64, y = X.astype(np.float64), data.labels
    tuned = []
    for k in KS:
        model = make_pipeline(StandardScaler(), KNeighborsClassifier(k, algorithm="brute"))
        model.fit(X64[data.fit_rows], y[data.fit_rows])
        tuned.append(roc_auc_score(y[data.tune_rows], model.predict_proba(X64[data.tune_rows])[:, 1]))
    assert result.k == KS[int(np.argmax(tuned))]
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(result.k, algorithm="brute"))
    model.fit(X64[data.refit_rows], y[data.refit_rows])
    expected = model.predict_proba(X64[data.select_rows])
    np.testing.assert_allclose(result.knn_select_probability, expected, atol=1e-6)


@pytest.mark.parametrize("rare", [False, True])
def test_k_is_chosen_on_some_tune_rows_unless_they_miss_a_class(monkeypatch, rare):
    monkeypatch.setattr("probes.candidate.KNN_TUNE_ROWS", 40)
    data = make_data()
    if rare:
        labels = data.labels.copy()
        labels[data.tune_rows] = 0
        labels[521] = 1  # not among the 40
        data = replace(data, labels=labels)
    few = data.tune_rows if rare else even_subsample(data.tune_rows, 40)
    X = informative(data)
    result = probe_candidates({"a": X}, data, Cs=CS, ks=KS)["a"]
    tuned = []
    for k in KS:
        model = make_pipeline(StandardScaler(), KNeighborsClassifier(k, algorithm="brute"))
        model.fit(X[data.fit_rows].astype(np.float64), data.labels[data.fit_rows])
        tuned.append(roc_auc_score(data.labels[few], model.predict_proba(X[few].astype(np.float64))[:, 1]))
    assert result.k == max(k for k, score in zip(KS, tuned, strict=True) if score == max(tuned))


def test_the_bank_knows_every_symbol_whatever_the_step():
    symbols = np.arange(N) % 2  # two at every date, and every second row in the bank
    generator = np.random.default_rng(0)
    X = (symbols[:, None] + 0.1 * generator.standard_normal((N, 3))).astype(np.float32)
    rows = np.split(np.arange(N), [400, 600])
    data = ProbeData(
        fit_rows=rows[0], tune_rows=rows[1], select_rows=rows[2], labels=symbols, n_classes=2, groups=symbols
    )
    for most in (100, 200, 300):
        result = probe_candidates({"a": X}, data, knn_bank_rows=most)["a"]
        assert result.knn_scores["auc"] == pytest.approx(1.0)


def test_results_are_complete_with_finite_values():
    data = make_data()
    result = probe_candidates({"a": informative(data)}, data)["a"]
    names = {m.name for m in METRICS}
    assert set(result.scores) == set(result.knn_scores) == names
    assert set(result.separability) == set(SEPARABILITY)
    assert not result.unavailable
    for table in (result.scores, result.knn_scores, result.separability):
        assert np.isfinite(list(table.values())).all()
    assert result.select_probability.dtype == result.knn_select_probability.dtype == np.float32
    assert result.select_probability.shape == (len(data.select_rows), 2)


def test_edges_of_the_grids_are_reported():
    data = make_data()
    X = informative(data)
    wide = probe_candidates({"a": X}, data, Cs=(1e-9, 0.1, 1e9), ks=KS)["a"]
    assert wide.C_on_edge == (wide.C != 0.1)
    assert wide.k_on_edge == (wide.k != 9)
    only = probe_candidates({"a": X}, data, Cs=(0.1,), ks=(9,))["a"]
    assert not only.C_on_edge
    assert not only.k_on_edge


@pytest.mark.parametrize("value", [0.0, 0.1, -1e6])
def test_a_constant_embedding_scores_exactly_chance(value):
    data = make_data()
    result = probe_candidates({"a": np.full((N, 4), value, np.float32)}, data)["a"]
    assert result.scores["auc"] == result.knn_scores["auc"] == 0.5
    assert "constant" in result.unavailable["embedding"]
    assert result.separability == {}


def test_what_stands_beside_is_given_to_the_probes_and_not_to_the_statistics():
    data = make_data()
    X, beside = informative(data, strength=0.5), informative(data, dim=3, seed=2)
    found = probe_candidates({"a": X}, replace(data, beside=beside), Cs=CS, ks=KS)["a"]
    joined = probe_candidates({"a": np.concatenate([X, beside], axis=1)}, data, Cs=CS, ks=KS)["a"]
    alone = probe_candidates({"a": X}, data, Cs=CS, ks=KS)["a"]
    assert found.scores == joined.scores and found.knn_scores == joined.knn_scores
    assert found.separability == alone.separability != joined.separability
    assert found.scores["auc"] > alone.scores["auc"]


def test_a_constant_embedding_with_something_beside_has_the_scores_of_that_and_no_statistics():
    data = make_data()
    beside = informative(data)
    flat = np.ones((N, 2), np.float32)
    found = probe_candidates({"a": flat}, replace(data, beside=beside), Cs=CS, ks=KS)["a"]
    alone = probe_candidates({"a": beside}, data, Cs=CS, ks=KS)["a"]
    assert found.scores["auc"] == pytest.approx(alone.scores["auc"], abs=1e-6)
    assert found.separability == {} and "constant" in found.unavailable["embedding"]


@pytest.mark.parametrize("pays", [1, N * 4, 10**9])
def test_neither_company_nor_threads_change_a_result(monkeypatch, pays):
    data = make_data()
    both = {"a": informative(data), "b": informative(data, 0.2, dim=3, seed=5)}
    monkeypatch.setattr("probes.candidate.THREADS_PAY", pays)
    together = probe_candidates(both, data, seed=3, n_threads=2)
    assert list(together) == list(both)
    alone = {key: probe_candidates({key: X}, data, seed=3)[key] for key, X in both.items()}
    for key in both:
        np.testing.assert_array_equal(together[key].select_probability, alone[key].select_probability)
        assert together[key].separability == alone[key].separability
        assert together[key].k == alone[key].k


def test_select_labels_do_not_reach_the_choice():
    data = make_data()
    X = informative(data)
    flipped = data.labels.copy()
    flipped[data.select_rows] = 1 - flipped[data.select_rows]
    other = ProbeData(
        fit_rows=data.fit_rows,
        tune_rows=data.tune_rows,
        select_rows=data.select_rows,
        labels=flipped,
        n_classes=2,
    )
    first, second = (probe_candidates({"a": X}, d)["a"] for d in (data, other))
    np.testing.assert_array_equal(first.select_probability, second.select_probability)
    np.testing.assert_array_equal(first.knn_select_probability, second.knn_select_probability)
    assert first.scores["auc"] == pytest.approx(1 - second.scores["auc"])


def test_one_class_on_tune_falls_back_to_log_loss():
    data = make_data()
    labels = data.labels.copy()
    labels[data.tune_rows] = 1
    lopsided = ProbeData(
        fit_rows=data.fit_rows,
        tune_rows=data.tune_rows,
        select_rows=data.select_rows,
        labels=labels,
        n_classes=2,
    )
    result = probe_candidates({"a": informative(data)}, lopsided)["a"]
    assert "log_loss" in result.unavailable["tune_auc"]
    assert np.isfinite(result.tune_score)


def test_one_class_on_select_is_explained():
    data = make_data()
    labels = data.labels.copy()
    labels[data.select_rows] = 0
    lopsided = ProbeData(
        fit_rows=data.fit_rows,
        tune_rows=data.tune_rows,
        select_rows=data.select_rows,
        labels=labels,
        n_classes=2,
    )
    result = probe_candidates({"a": informative(data)}, lopsided)["a"]
    assert "auc" not in result.scores
    assert "class 0" in result.unavailable["auc"]
    assert "class 0" in result.unavailable["silhouette"]


def test_large_data_is_thinned_with_a_note():
    data = make_data()
    result = probe_candidates({"a": informative(data)}, data, max_probe_windows=200, knn_bank_rows=50)["a"]
    assert any("200 of 680" in note for note in result.notes)
    assert any("50 bank windows" in note for note in result.notes)


def test_progress_counts_up():
    data = make_data()
    seen = []
    probe_candidates({i: informative(data) for i in range(3)}, data, on_progress=lambda *a: seen.append(a))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_bad_embeddings_are_named():
    data = make_data()
    broken = informative(data)
    broken[7, 2] = np.inf
    with pytest.raises(ProbeError, match=r"'b' is inf at row 7, column 2"):
        probe_candidates({"a": informative(data), "b": broken}, data)
    with pytest.raises(ProbeError, match=r"'a' has shape \(10, 2\)"):
        probe_candidates({"a": np.ones((10, 2), np.float32)}, data)
    with pytest.raises(ProbeError, match="unknown metric"):
        probe_candidates({"a": informative(data)}, data, metric="f1")


def test_quick_scores_follow_the_full_probe():
    data = make_data()
    embeddings = {s: informative(data, s) for s in (0.0, 0.5, 1.0, 2.0)}
    quick = quick_scores(embeddings, data.fit_rows, data.tune_rows, data.labels, 2, C=0.1)
    for strength, X in embeddings.items():
        full = probe_candidates({0: X}, data, Cs=(0.1,))[0].tune_score
        assert quick[strength] == pytest.approx(full, abs=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fit_rows": np.array([], int)}, "fit_rows"),
        ({"tune_rows": np.arange(5)}, "tune_rows has row 0"),
        ({"select_rows": np.array([N])}, "900"),
        ({"labels": np.full(N, 2)}, "n_classes 2"),
        ({"labels": np.zeros(N)}, "integer"),
        ({"groups": np.zeros(N - 1, int)}, "groups have shape"),
    ],
)
def test_bad_splits_are_named(change, message):
    data = make_data()
    good = {
        name: getattr(data, name) for name in ("fit_rows", "tune_rows", "select_rows", "labels", "n_classes")
    }
    with pytest.raises(ProbeError, match=message):
        ProbeData(**(good | change))
