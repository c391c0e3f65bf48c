"""YAML is read as it looks, or refused in one line."""

import pytest

from timesnet.plain_yaml import plain_yaml


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("d_model: 8\ntop_k: 2\nd_model: 16", "key 'd_model' stands there twice"),
        ("range: {low: 1, low: 2}", "key 'low' stands there twice"),
        ("d_model: 010", "010 would be read as octal"),
        ("train_epochs: 1:30", "1:30 would be read in sixtieths"),
        ("dropout: 1:30.5", "would be read in sixtieths"),
        ("d_model: " + "9" * 5000, "a number of 5000 characters"),
        ("a: &x [1]\nb: *x", "stands for something else"),
        ("a: " + "[" * 50 + "]" * 50, "nested deeper than 20"),
    ],
)
def test_what_is_read_as_something_else_is_refused(text, words):
    with pytest.raises(ValueError, match=words) as refused:
        plain_yaml(text)
    assert "\n" not in str(refused.value)


def test_plain_numbers_are_themselves():
    assert plain_yaml("[0, -3, 0x10, 1_000, 0.5, 1.0e-3, 0.0, true]") == [
        0,
        -3,
        16,
        1000,
        0.5,
        1e-3,
        0.0,
        True,
    ]
