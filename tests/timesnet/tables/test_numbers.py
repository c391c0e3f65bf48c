from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from timesnet.errors import DataError
from timesnet.tables.numbers import decimal_signs, parse_numbers
from timesnet.tables.rows import RowNames

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


def test_what_other_columns_show_settles_a_single_sign():
    assert parsed(["1,234", "858"], decimal=".")[0].tolist() == [1234.0, 858.0]
    assert parsed(["1,234", "858"], decimal=",")[0].tolist() == [1.234, 858.0]
    assert parsed(["1.234", "858"], decimal=",")[0].tolist() == [1234.0, 858.0]
    assert parsed(["1.234", "858"])[0].tolist() == [1.234, 858.0]


@pytest.mark.parametrize(
    ("cells", "options"),
    [(["1,234", "858"], {}), (["1.234", "858"], {"points_are_decimal": False}), (["1,234", "1.234"], {})],
)
def test_what_can_be_read_in_two_ways_is_refused_with_both(cells, options):
    with pytest.raises(DataError, match=r"is 1234 as well as 1\.234, and no cell tells which"):
        parsed(cells, **options)


def test_two_signs_in_a_column_are_refused_with_a_cell_of_each():
    with pytest.raises(
        DataError, match=r"holds '43\.5', with a decimal point, and '1,25', with a decimal comma"
    ):
        parsed(["1,25", "43.5"])


@pytest.mark.parametrize(
    ("cells", "signs"),
    [
        (["1,234", "858", "1.234"], set()),
        (["1,23"], {","}),
        (["0,123"], {","}),
        (["1.234,5"], {","}),
        (["1.234.567"], {","}),
        (["1234,567"], {","}),
        (["1.5"], {"."}),
        (["1,234,567"], {"."}),
        (["12,34,567"], {"."}),
        (["1,234.5", "7,25"], {".", ","}),
        ([0.5], {"."}),
    ],
)
def test_cells_that_leave_no_doubt_about_the_sign(cells, signs):
    assert decimal_signs([pd.Series(cells)]) == signs


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
