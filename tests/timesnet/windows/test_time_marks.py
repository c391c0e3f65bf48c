import numpy as np
import pandas as pd
import pytest

from timesnet.errors import ConfigError
from timesnet.windows.time_marks import mark_frequency, time_marks

DATES = pd.date_range("2019-12-31 22:45", periods=20_000, freq="47min", tz="UTC")


@pytest.mark.parametrize(
    ("interval", "letter"),
    [
        ("1min", "t"),
        ("15min", "t"),
        ("59min", "t"),
        ("1h", "h"),
        ("4h", "h"),
        ("23h", "h"),
        ("1D", "d"),
        ("7D", "d"),
    ],
)
def test_the_frequency_follows_the_interval(interval, letter):
    assert mark_frequency(pd.Timedelta(interval)) == letter


@pytest.mark.parametrize(("freq", "count"), [("t", 5), ("h", 4), ("d", 3)])
def test_scaled_marks_lie_within_half_of_zero(freq, count):
    marks = time_marks(DATES, freq=freq, embed="timeF")
    assert marks.shape == (len(DATES), count) and marks.dtype == np.float32
    assert marks.min() >= -0.5 and marks.max() <= 0.5


def test_scaled_marks_by_hand():
    dates = pd.Series(pd.to_datetime(["2024-01-01 00:00", "2024-12-31 23:59"], utc=True))
    first, last = time_marks(dates, freq="t", embed="timeF")
    np.testing.assert_allclose(first, [-0.5, -0.5, -0.5, -0.5, -0.5])
    # 31 December 2024 is a Tuesday and day 366.
    np.testing.assert_allclose(last, [0.5, 0.5, 1 / 6 - 0.5, 0.5, 0.5], rtol=1e-6)


def test_whole_marks_are_the_calendar_s_numbers():
    for freq, count in (("t", 5), ("h", 4), ("d", 4)):
        marks = time_marks(DATES, freq=freq, embed="fixed")
        assert marks.shape == (len(DATES), count)
        for row in range(0, len(DATES), 997):
            date = DATES[row].to_pydatetime()
            expected = [date.month, date.day, date.weekday(), date.hour, date.minute // 15]
            assert marks[row].tolist() == expected[:count]


def test_unknown_words_are_refused():
    with pytest.raises(ConfigError, match="freq='q'"):
        time_marks(DATES, freq="q")
    with pytest.raises(ConfigError, match="embed='learnt'"):
        time_marks(DATES, freq="t", embed="learnt")
    assert time_marks(DATES[:3], freq="15min", embed="learned").shape == (3, 4)


def test_marks_of_rare_frequencies_by_hand():
    dates = pd.Series(pd.to_datetime(["2024-01-01 00:00:59", "2023-12-31 12:00:00"], utc=True))
    np.testing.assert_allclose(time_marks(dates, freq="w"), [[-0.5, -0.5], [0.5, 51 / 52 - 0.5]])
    np.testing.assert_allclose(time_marks(dates, freq="m"), [[-0.5], [0.5]])
    assert time_marks(dates, freq="s")[0, 0] == 0.5 and time_marks(dates, freq="s").shape == (2, 6)
    np.testing.assert_array_equal(time_marks(dates, freq="b"), time_marks(dates, freq="d"))
