import pandas as pd
import pytest

from timesnet.candles.durations import in_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("15min", "15 minutes"),
        ("1h", "1 hour"),
        ("1D", "1 day"),
        ("4h30min", "4 hours 30 minutes"),
        ("2D 7h 43min 57s", "2 days 7 hours"),
        ("62s", "1 minute 2 seconds"),
        ("1.5s", "1.5 seconds"),
        ("100ms", "0.1 seconds"),
        ("0s", "0 seconds"),
    ],
)
def test_the_two_largest_units(text, words):
    assert in_words(pd.Timedelta(text)) == words
