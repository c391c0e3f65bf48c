"""Gradient boosting on HAR and calendar: a strong classifier on few numbers, no embedding."""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from probes import score_of_many
from study.baselines.vectors import har_name, local_times, log_ranges, time_of_week
from study.data import StudyData

ROUNDS, EVERY = 200, 10


class BoostedTrees:
    """Gradient-boosted trees, their number chosen on tune by log-loss, refitted on fit + tune.

    Attributes:
        rounds: how many trees that is (for each class, where there are more than two).
        tune_probability: float64 (n_tune, n_classes), of so many trees that were fitted on fit alone.

    Source: scikit-learn's HistGradientBoostingClassifier (Ke et al. 2017, LightGBM).
    """

    def __init__(self, data: StudyData, *, seed: int) -> None:
        self._data = data
        fit, tune = data.probed.fit, data.probed.tune
        y = data.labels
        tuned = self._trees(ROUNDS, seed).fit(self._inputs(fit), y[fit])
        staged = np.stack(
            [self._all_classes(tuned, p) for p in tuned.staged_predict_proba(self._inputs(tune))]
        )
        losses = score_of_many(y[tune], staged, "log_loss")
        self.rounds = int(np.argmin(losses[EVERY - 1 :: EVERY]) + 1) * EVERY
        self.tune_probability = staged[self.rounds - 1]
        learnt = np.concatenate([fit, tune])
        self._model = self._trees(self.rounds, seed).fit(self._inputs(learnt), y[learnt])

    @property
    def dim(self) -> int:
        """Numbers that it is given of a window."""
        return int(self._model.n_features_in_)

    def probability(self, rows: np.ndarray) -> np.ndarray:
        """float32 (n, n_classes) of the windows `rows` (n,)."""
        found = self._model.predict_proba(self._inputs(rows))
        return self._all_classes(self._model, found).astype(np.float32)

    def _inputs(self, rows: np.ndarray) -> np.ndarray:
        data = self._data
        own = np.concatenate([log_ranges(data, rows), time_of_week(local_times(data, rows))], axis=1)
        return data.as_scored(own, rows)

    def _all_classes(self, model: HistGradientBoostingClassifier, found: np.ndarray) -> np.ndarray:
        whole = np.zeros((len(found), self._data.n_classes))
        whole[:, model.classes_] = found
        return whole

    @staticmethod
    def _trees(rounds: int, seed: int) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(
            max_iter=rounds,
            learning_rate=0.05,
            max_leaf_nodes=15,
            min_samples_leaf=50,
            early_stopping=False,
            random_state=seed,
        )


def boosted_trees_name(data: StudyData) -> str:
    """What the row is called."""
    return f"gradient boosting on {har_name(data)} + calendar"
