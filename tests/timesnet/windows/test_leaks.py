"""Inputs that know what comes next are found whatever their scale, and no others."""

import numpy as np
import pandas as pd
import pytest

from timesnet.windows import future_columns, leak_line, leak_of

N = 1500
CLOSE = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(0).standard_normal(N)))
AHEAD = np.append(CLOSE[1:], CLOSE[-1])
NEXT = np.append(CLOSE[1:] / CLOSE[:-1] - 1, 0.0)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (NEXT, "the return of the next row"),
        (np.log1p(NEXT), "the return of the next row"),
        ((100 * NEXT).round(2), "the return of the next row"),
        (-NEXT, "the return of the next row"),
        (np.sign(NEXT), "the sign of the return of the next row"),
        (np.abs(NEXT), "the size of the return of the next row"),
        (np.append(CLOSE[1:], CLOSE[-1]), "the close of the row 1 later"),
        (np.append(CLOSE[3:] / CLOSE[:-3] - 1, [0.0] * 3), "the return of the next 3 rows"),
        (np.append(NEXT[1:], 0.0), "the return of the row 2 later"),
        (AHEAD / 50 - 3, "what the close of the row 1 later is, on another scale"),
        (np.log(AHEAD), "what the close of the row 1 later is, on another scale"),
        (-np.append(CLOSE[2:], CLOSE[-2:]) / 9, "what the close of the row 2 later is, on another scale"),
    ],
)
def test_a_function_of_the_future_is_found(column, words):
    values = np.stack([CLOSE, column], axis=1)
    found = future_columns(("close", "suspect"), values, CLOSE)
    assert found == {"suspect": words}
    assert leak_line(found).startswith("these embeddings know the future: input 'suspect' is ")
    assert "\n" not in leak_line(found)


def test_honest_columns_are_left_alone():
    generator = np.random.default_rng(1)
    past = np.append(0.0, NEXT[:-1])
    table = pd.DataFrame(
        {
            "close": CLOSE,
            "open": np.append(CLOSE[0], CLOSE[:-1]),
            "high": CLOSE * (1 + 0.01 * generator.uniform(size=N)),
            "pre_return": past,
            "range": np.abs(past) + 0.001,
            "volume": generator.uniform(1, 9, N),
            "constant": 1.0,
            "hint": NEXT + 0.01 * generator.standard_normal(N),
        }
    )
    assert leak_of(table, tuple(table), table.to_numpy()) == ""
    # A series whose own past says what comes next.
    smooth = 100 + np.sin(np.arange(N) / 30)
    returns = np.append(0.0, smooth[1:] / smooth[:-1] - 1)
    assert future_columns(("pre_return",), returns[:, None], smooth) == {}
    assert leak_of(table.drop(columns="close"), ("volume",), table[["volume"]].to_numpy()) == ""
