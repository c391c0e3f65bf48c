"""Search spaces: the default one samples valid variants; an invalid one names the offending key."""

import warnings

import optuna
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from study.errors import StudyError
from study.search.space import (
    DEFAULT_SPACE,
    FOR_FEW_CANDLES,
    FROM_PRETRAINED,
    KNOWN_GOOD,
    read_space,
    wants_outcomes,
)

DEFAULT = yaml.safe_load(DEFAULT_SPACE.read_text())


def write(path, **changes):
    values = {**DEFAULT, **changes}
    path.write_text(yaml.safe_dump({key: value for key, value in values.items() if value is not ...}))
    return path


def test_the_default_space_samples_within_its_bounds():
    space = read_space(horizon=4, seq_len=48)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(20):
        variant = space.sample(study.ask())
        assert variant.task_name in DEFAULT["task_name"]
        assert DEFAULT["learning_rate"]["low"] <= variant.learning_rate <= DEFAULT["learning_rate"]["high"]
        assert variant.d_model in DEFAULT["d_model"]
        assert isinstance(variant.use_norm, bool)


SHAPE = {"task_name": "outcomes", "d_model": 32, "d_ff": 32, "e_layers": 2, "num_kernels": 3}


@pytest.mark.parametrize("pretrained", [None, SHAPE])
def test_the_first_two_trials_are_known_good_and_the_third_is_drawn(pretrained):
    space = read_space(horizon=4, seq_len=48, pretrained=pretrained)
    study = optuna.create_study()
    first, second = (
        space.sample(study.enqueue_trial(space.first(ordinal)) or study.ask()) for ordinal in (0, 1)
    )
    assert first.to_dict().items() >= KNOWN_GOOD.items() and first.start == "random"
    assert second.to_dict().items() >= (FROM_PRETRAINED if pretrained else FOR_FEW_CANDLES).items()
    assert second.start == ("pretrained" if pretrained else "random")
    assert space.first(2) is None


def test_a_variant_that_starts_from_weights_has_their_shape():
    space = read_space(horizon=4, seq_len=48, pretrained=SHAPE)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    variants = [space.sample(study.ask()) for _ in range(20)]
    started = [variant for variant in variants if variant.start == "pretrained"]
    assert 0 < len(started) < len(variants)
    assert all(variant.to_dict().items() >= SHAPE.items() for variant in started)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [([16, 64], 16), ({"low": 40, "high": 64}, 40), ({"low": 5, "high": 30, "step": 10}, 25), (7, None)],
)
def test_where_the_space_has_not_the_known_good_value_the_nearest_stands_in(tmp_path, entry, expected):
    space = read_space(write(tmp_path / "space.yaml", d_ff=entry), horizon=4, seq_len=48)
    assert space.first(0).get("d_ff") == expected


def test_weights_that_are_not_there_are_refused_where_nothing_else_is_offered(tmp_path):
    path = write(tmp_path / "space.yaml", start="pretrained")
    with pytest.raises(StudyError, match="'start'"):
        read_space(path, horizon=4, seq_len=48)
    path = write(tmp_path / "space.yaml", start=["random", "pretrained"])
    assert read_space(path, horizon=4, seq_len=48).entries["start"] == ["random"]


def test_the_default_space_serves_the_shortest_window():
    assert max(read_space(horizon=1, seq_len=4).entries["top_k"]) <= 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"d_modell": 16}, ["'d_modell'", "d_model"]),
        ({"d_ff": ...}, ["'d_ff'", "missing"]),
        ({"d_model": "big"}, ["'d_model'", "'big'", "int"]),
        ({"learning_rate": "1e-3"}, ["'learning_rate'", "1.0e-3"]),
        ({"task_name": ["forecast"]}, ["'task_name'", "'forecast'"]),
        ({"pred_len": 5}, ["'pred_len'", "horizon is 4"]),
        ({"top_k": [2, 25]}, ["'top_k'", "25", "seq_len is 48"]),
        ({"dropout": {"low": 0.3, "high": 0.1}}, ["'dropout'", "above"]),
        ({"dropout": {"low": 0.1}}, ["'dropout'", "low, high"]),
        ({"learning_rate": {"low": 0.0, "high": 1.0, "log": True}}, ["'learning_rate'"]),
        ({"batch_size": []}, ["'batch_size'", "no choices"]),
        ({"use_norm": 1}, ["'use_norm'", "bool"]),
        ({"d_model": True}, ["'d_model'"]),
        ({"e_layers": 0}, ["'e_layers'", "0"]),
    ],
)
def test_an_invalid_space_names_the_key(tmp_path, changes, words):
    with pytest.raises(StudyError) as raised:
        read_space(write(tmp_path / "space.yaml", **changes), horizon=4, seq_len=48)
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "{a: [", "\x00\x01", "just words", "!!python/object:os.system {}"]
)
def test_a_file_that_is_no_space_is_one_line(tmp_path, text):
    path = tmp_path / "space.yaml"
    path.write_text(text)
    with pytest.raises(StudyError) as raised:
        read_space(path, horizon=4, seq_len=48)
    assert "\n" not in str(raised.value) and "space.yaml" in str(raised.value)


def test_no_such_file():
    with pytest.raises(StudyError, match="no such file"):
        read_space("nowhere.yaml", horizon=4, seq_len=48)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 100) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(key=st.sampled_from(sorted(DEFAULT)), value=json_values)
def test_any_value_is_sampled_or_refused_in_one_line(tmp_path_factory, key, value):
    path = write(tmp_path_factory.mktemp("space") / "space.yaml", **{key: value})
    try:
        space = read_space(path, horizon=4, seq_len=48)
    except StudyError as error:
        assert key in str(error)
        return
    study = optuna.create_study()
    study.enqueue_trial(space.first(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        space.sample(study.ask())
    space.sample(optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0)).ask())


BOMB = "x: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"x{n}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "stands for something else"),
        ("d_model: " + "[" * 100_000, "nested deeper"),
        ("d_model: " + "[" * 500 + "]" * 500, "nested deeper"),
        ("".join("  " * n + f"k{n}:\n" for n in range(500)), "nested deeper"),
        ("d_model: " + "9" * 5000, "a number of 5000 characters"),
        ("d_model: 0x" + "f" * 5000, "a number of 5002 characters"),
        ("dropout: 2024-13-45", "month must be in 1..12"),
        ("# " + "x" * 2_000_000, "at most 1,000,000 are read"),
    ],
    ids=["aliases", "brackets", "closed brackets", "indents", "decimal", "hexadecimal", "date", "large"],
)
def test_a_file_that_would_not_end_is_one_line_at_once(tmp_path, text, words):
    path = tmp_path / "space.yaml"
    path.write_text(text)
    with pytest.raises(StudyError, match=words) as raised:
        read_space(path, horizon=4, seq_len=48)
    assert len(str(raised.value)) < 400 and "\n" not in str(raised.value)


def test_an_anchor_that_nothing_refers_to_is_no_harm(tmp_path):
    path = tmp_path / "space.yaml"
    path.write_text(DEFAULT_SPACE.read_text().replace("weight_decay:", "weight_decay: &decay"))
    assert read_space(path, horizon=4, seq_len=48) == read_space(horizon=4, seq_len=48)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, True),
        ({"task_name": "outcomes"}, True),
        ({"task_name": ["imputation", "classification"], "start": "random"}, False),
        ({"task_name": "imputation"}, True),  # pretrained weights bring the task along
    ],
)
def test_targets_are_prepared_where_a_network_may_learn_them(tmp_path, changes, wanted):
    assert wants_outcomes(write(tmp_path / "space.yaml", **changes)) is wanted
