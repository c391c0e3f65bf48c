import logging

import numpy as np
import pytest

from timesnet import ConfigError, TimesNetConfig
from timesnet.network.published_arguments import BESIDE_THE_NETWORK

FORECAST = {
    "task_name": "long_term_forecast",
    "seq_len": 48,
    "pred_len": 4,
    "enc_in": 3,
    "c_out": 3,
    "d_model": 8,
}


def test_reads_the_published_dictionary_and_lists_what_it_does_not_know(caplog):
    given = {
        **FORECAST,
        "moving_avg": 25,
        "is_training": 1,
        "use_norm": 1,
        "d_modell": 8,
        "top_p": 0.5,
        "heads": 2,
    }
    with caplog.at_level(logging.WARNING):
        config = TimesNetConfig.from_dict(given)
    assert config.unknown_keys == ("d_modell", "heads")
    assert [record.getMessage() for record in caplog.records] == [
        "TimesNetConfig ignores 2 unknown keys: d_modell, heads"
    ]
    assert config.use_norm is True


def test_the_published_timesnet_normalises_whatever_use_norm_says(caplog):
    with caplog.at_level(logging.WARNING):
        config = TimesNetConfig.from_dict({**FORECAST, "use_norm": 0})
    assert config.use_norm is True and "use_norm=0 is passed over" in caplog.text
    ours = TimesNetConfig(**FORECAST, use_norm=False)
    assert TimesNetConfig.from_dict(ours.to_dict()).use_norm is False


@pytest.mark.parametrize("freq", ["15min", "3h", "t", "w", "s"])
@pytest.mark.parametrize("embed", ["fixed", "learned"])
def test_calendar_embeddings_take_any_published_frequency(freq, embed):
    assert TimesNetConfig.from_dict({**FORECAST, "embed": embed, "freq": freq}).freq == freq


def test_no_key_is_both_the_networks_and_beside_it():
    assert not BESIDE_THE_NETWORK & set(TimesNetConfig.from_dict(FORECAST).to_dict())


def test_round_trip_forgets_only_the_unknown_keys():
    config = TimesNetConfig.from_dict({**FORECAST, "moving_average": 25})
    again = TimesNetConfig.from_dict(config.to_dict())
    assert again == config
    assert again.unknown_keys == ()


def test_output_has_the_features_of_the_input_unless_said_otherwise():
    assert TimesNetConfig.from_dict({"task_name": "anomaly_detection", "enc_in": 12}).c_out == 12


@pytest.mark.parametrize(
    ("task", "length"),
    [("long_term_forecast", 52), ("short_term_forecast", 52), ("imputation", 48), ("anomaly_detection", 48)],
)
def test_only_forecasts_are_longer_than_the_window(task, length):
    assert TimesNetConfig.from_dict({**FORECAST, "task_name": task}).total_len == length


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"task_name": "forecasting"}, "task_name is 'forecasting'"),
        ({"freq": "15min"}, "freq is '15min'"),
        ({"embed": "learnt"}, "embed is 'learnt'"),
        ({"period_selection": "fixed"}, "period_selection is 'fixed'"),
        ({"d_model": 7}, "d_model is 7"),
        ({"d_model": 8.0}, "d_model is 8.0"),
        ({"e_layers": True}, "e_layers is True"),
        ({"top_k": 0}, "top_k is 0"),
        ({"top_k": 27}, "top_k is 27; 52 positions have only 26"),
        ({"pred_len": 0}, "pred_len is 0"),
        ({"seq_len": 4999}, "seq_len is 4999"),
        ({"c_out": 2}, "c_out is 2"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"dropout": float("nan")}, "dropout is nan"),
        ({"use_norm": "yes"}, "use_norm is 'yes'"),
        ({"task_name": "classification"}, "num_class is 0"),
    ],
)
def test_a_wrong_value_is_named(changed, message):
    with pytest.raises(ConfigError, match=message):
        TimesNetConfig.from_dict({**FORECAST, **changed})


def test_a_missing_task_is_named():
    with pytest.raises(ConfigError, match="task_name is missing"):
        TimesNetConfig.from_dict({"seq_len": 48})


def test_whole_numbers_of_numpy_become_plain_ones():
    assert type(TimesNetConfig.from_dict({**FORECAST, "d_model": np.int64(16)}).d_model) is int


def test_as_many_periods_as_there_are_frequencies_above_zero():
    assert TimesNetConfig.from_dict({**FORECAST, "top_k": 26}).top_k == 26


def test_other_widths_come_out_where_nothing_is_scaled_back():
    assert TimesNetConfig(**FORECAST | {"c_out": 2}, use_norm=False).c_out == 2
    assert TimesNetConfig.from_dict({**FORECAST, "c_out": 1}).c_out == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"d_model": 2**31},
        {"e_layers": 100_000, "d_model": 2, "d_ff": 1},
        {"num_kernels": 3000},
        {"task_name": "classification", "num_class": 10**12},
        {"task_name": "classification", "num_class": 2**31},
        {"enc_in": 2**31, "c_out": 1},
        {"d_ff": 10**400},
    ],
)
def test_a_mistyped_digit_does_not_ask_for_all_memory(changes):
    with pytest.raises(ConfigError, match=r"d_model|e_layers|num_kernels|num_class|enc_in|d_ff"):
        TimesNetConfig(**{"task_name": "imputation", **changes})
