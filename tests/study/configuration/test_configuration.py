"""Every mistake in a study's parameters is one line that names it."""

import pytest

from study.configuration import StudyConfiguration
from study.errors import StudyError


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"label": "volatilty"}, ["volatilty", "did you mean 'volatility'"]),
        ({"metric": "aucc"}, ["aucc", "auc"]),
        ({"trials": 0}, ["trials=0", "1 or more"]),
        ({"seq_len": 3}, ["seq_len=3", "4 or more"]),
        ({"horizon": 0}, ["horizon=0"]),
        ({"selection": "bst"}, ["bst", "best"]),
        ({"seed": -1}, ["seed=-1"]),
        ({"timeout": -1.0}, ["timeout=-1"]),
        ({"timeout": float("nan")}, ["timeout=nan"]),
        ({"trial_timeout": float("inf")}, ["trial_timeout=inf"]),
        ({"seed": 2**32}, ["seed=4294967296", "4,294,967,295 or less"]),
        ({"seeds": 0}, ["seeds=0", "1 or more"]),
        ({"seeds": 10**20}, ["seeds=100000000000000000000", "100 or less"]),
        ({"periods": -1}, ["periods=-1"]),
        ({"periods": 10**20}, ["100 or less"]),
        ({"trials": 10**22}, ["1,000,000 or less"]),
        ({"model_name": "../up"}, ["model_name='../up'"]),
        ({"name": "a/b"}, ["name='a/b'"]),
        ({"name": "x' or '1'='1"}, ["name="]),
        ({"also": "volum:4"}, ["volum", "did you mean 'volume'"]),
        ({"also": "volume:four"}, ["'volume:four'", "volume:16"]),
        ({"also": "volume:49"}, ["volume:48 or less"]),
        ({"also": "direction:0"}, ["direction", "1 or more"]),
        ({"selection": "complement"}, ["selection='complement'", "beside=FILE"]),
        ({"on": "published_at"}, ["on='published_at'", "beside=FILE"]),
        ({"beside": "news.csv", "grid": "rows"}, ["beside='news.csv'", "grid=rows"]),
        ({"beside": "news.csv", "data": "uea:JapaneseVowels"}, ["beside='news.csv' says nothing of"]),
    ],
)
def test_a_mistake_is_named(values, words):
    with pytest.raises(StudyError) as raised:
        StudyConfiguration(**values)
    message = str(raised.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_an_unknown_parameter_lists_the_near_misses():
    with pytest.raises(StudyError, match=r"'trails'.*trials"):
        StudyConfiguration.from_dict({"trails": 3})


def test_to_dict_and_back():
    configuration = StudyConfiguration(trials=3, label="direction")
    assert StudyConfiguration.from_dict(configuration.to_dict()) == configuration


def test_the_same_parameters_have_the_same_name_whatever_the_number_of_trials():
    assert StudyConfiguration(trials=3).study_name == StudyConfiguration(trials=30).study_name
    assert StudyConfiguration(metric="log_loss").study_name == f"{StudyConfiguration().study_name}-log_loss"
    assert StudyConfiguration(seed=1).study_name != StudyConfiguration(seed=2).study_name
    assert StudyConfiguration(data="/some/where/eth 1h.csv").study_name.startswith("study-eth-1h.csv-")
    # Trials are the same with and without a table at the end, and others where it stands beside each layer.
    assert StudyConfiguration(beside="my news.csv").study_name == StudyConfiguration().study_name
    chosen = StudyConfiguration(beside="my news.csv", selection="complement")
    assert chosen.study_name == f"{StudyConfiguration().study_name}-with-my-news"


def test_the_date_column_of_a_table_is_shown_where_there_is_a_table():
    assert "on" not in StudyConfiguration().shown()
    assert StudyConfiguration(beside="news.csv").shown()["on"] == "date"
