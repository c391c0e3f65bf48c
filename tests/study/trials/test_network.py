"""A variant and the data that it is trained on must fit."""

import pytest

from study.configuration import StudyConfiguration
from study.data.candles import prepare_candles
from study.errors import StudyError
from study.trials.network import network_config
from tests.study.small_trial import job, prepared
from tests.timesnet.candle_factory import candle_frame


def test_outcomes_are_learnt_from_their_targets_alone_never_from_the_label_instead(tmp_path):
    with_targets = prepared(tmp_path)
    variant = job(task_name="outcomes").variant
    assert network_config(variant, with_targets).c_out == len(with_targets.outcomes.names)
    candle_frame(500, freq="h").to_csv(tmp_path / "candles.csv", index=False)
    without = prepare_candles(StudyConfiguration(data=str(tmp_path / "candles.csv"), seq_len=8, horizon=1))
    with pytest.raises(StudyError, match="has no targets"):
        network_config(variant, without)
