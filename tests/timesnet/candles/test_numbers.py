from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from timesnet.candles.numbers import parse_numbers
from timesnet.candles.rows import RowNames
from timesnet.errors import DataError

ROWS = RowNames(source="file", first_line=2)
VALUES = [1234567.5, 12.25, 0.0, 987.0]


def parsed(cells, **options):
    return parse_numbers(pd.Series(cells), name="close", rows=ROWS, **options)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1,234,567.50", "12.25", "0", "987"], "thousands"),
        (["1 234 567.50", "12.25", "0", "987"], "thousands"),
        (["1'234'567.50", "12.25", "0", "987"], "thousands"),
        (["1.234.567,50", "12,25", "0", "987"], "decimal comma"),
        (["1234567,50", "12,25", "0,0", "987"], "decimal comma"),
        (["$1,234,567.50", "$12.25", "0", "987"], "thousands"),
        (["1.2345675M", "12.25", "0", "0.987K"], "thousands"),
        ([" 1234567.5", "12.25 ", "0.0", "9.87e2"], None),
        ([Decimal("1234567.5"), 12.25, 0, np.float32(987)], None),
    ],
)
def test_digits_in_any_usual_grouping(cells, words):
    values, spelling = parsed(cells)
    assert values.tolist() == VALUES
    assert (spelling is None) == (words is None) and (words is None or words in spelling)


def test_the_separator_of_the_file_settles_a_single_comma():
    assert parsed(["1,234", "5,678"])[0].tolist() == [1234.0, 5678.0]
    assert parsed(["1,234", "5,678"], decimal_comma=True)[0].tolist() == [1.234, 5.678]


@pytest.mark.parametrize("blank", ["", "nan", "NULL", "N/A", None, np.nan])
def test_empty_cells_are_missing_numbers(blank):
    values, _ = parsed(["1.5", blank, "2.5"])
    assert np.array_equal(values, [1.5, np.nan, 2.5], equal_nan=True)


@pytest.mark.parametrize("cell", ["abc", "12.5.7", "1,23,4", "--", "12 apples", "1K2"])
def test_text_is_named_by_column_line_and_value(cell):
    with pytest.raises(DataError, match=f"^file: column 'close', line 4: '{cell}' is not a number"):
        parsed(["1", "2", cell, "4"])


@pytest.mark.parametrize("cells", [[True, False], pd.to_timedelta([1, 2], "s"), [1 + 2j, 3j]])
def test_values_that_are_no_numbers_are_refused(cells):
    with pytest.raises(DataError, match=r"column 'close' holds .* values; give numbers"):
        parsed(cells)


@pytest.mark.parametrize("dtype", ["int64", "float32", "Int64", "Float64", "int64[pyarrow]"])
def test_numbers_of_any_type_stay_as_they_are(dtype):
    values, spelling = parsed(pd.Series([1, 2, 3]).astype(dtype))
    assert values.tolist() == [1.0, 2.0, 3.0] and values.dtype == np.float64 and spelling is None
