"""A candle is never taken for complete before it is."""

import numpy as np
import pandas as pd

from study.fusion.closing_times import closing_times

HOUR, DAY = pd.Timedelta("1h").value, pd.Timedelta("1D").value


def test_candles_last_one_interval_whatever_follows():
    opens = np.array([0, 1, 2, 9, 0, 1]) * HOUR
    symbols = np.array([0, 0, 0, 0, 1, 1])
    assert (closing_times(opens, HOUR, symbols=symbols) == opens + HOUR).all()


def test_a_day_on_which_clocks_go_back_lasts_until_the_next_begins():
    local = pd.date_range("2021-10-27", periods=8, freq="D", tz="Europe/Berlin")
    opens = local.tz_convert("UTC").as_unit("ns").asi8
    # Before a weekend or a gap a day is a day.
    opens = np.concatenate([opens, opens[-1:] + 3 * DAY])
    closes = closing_times(opens, DAY)
    assert (closes[:-2] == opens[1:-1]).all() and (closes[-2:] == opens[-2:] + DAY).all()
    assert closes[4] - opens[4] == 25 * HOUR
