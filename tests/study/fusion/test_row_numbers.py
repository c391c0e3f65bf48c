"""Numbers and vectors of a table are taken as they stand; what is neither is left and named."""

import numpy as np
import pandas as pd
import pytest

from study.errors import StudyError
from study.fusion.dated_table import read_dated_table
from study.fusion.row_numbers import numbers_of

AT = pd.date_range("2024-01-01 00:10", periods=3, freq="h", tz="UTC")


def read(path):
    return numbers_of(read_dated_table(str(path), "at", parameter="beside", late=True))


def written(folder, **columns):
    pd.DataFrame({"at": AT, **columns}).to_parquet(folder / "news.parquet")
    return folder / "news.parquet"


def test_vectors_stand_beside_numbers_and_text_is_left(tmp_path):
    vectors = [[1.0, 2.0], None, [3.0, 4.0]]
    path = written(
        tmp_path, score=[1, 2, 3], vector=vectors, title=["a", "b", "c"], urgent=[True, False, True]
    )
    names, values, left = read(path)
    assert names == ("score", "urgent", "vector_0", "vector_1") and left == ("title",)
    expected = [[1, 1, 1, 2], [2, 0, np.nan, np.nan], [3, 1, 3, 4]]
    np.testing.assert_array_equal(values, np.array(expected, dtype=np.float32))


def test_vectors_written_as_text_are_read(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("at;v;t\n2024-01-01 00:10;[0.5, -1e-3];[sic]\n2024-01-01 01:10;[2, 3];b\n")
    names, values, left = read(path)
    assert names == ("v_0", "v_1") and left == ("t",)
    np.testing.assert_allclose(values, [[0.5, -1e-3], [2, 3]])


def test_the_time_of_day_beside_a_day_is_no_number(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("at;time;n\n2024-01-01;0930;1\n2024-01-02;1045;2\n")
    assert read(path)[0] == ("n",)


def test_what_cannot_be_learnt_from_is_refused_by_its_place(tmp_path):
    with pytest.raises(StudyError, match="column 'v', row 2: a vector of length 1, the first has 2"):
        read(written(tmp_path, v=[[1.0, 2.0], [3.0, 4.0], [5.0]]))
    with pytest.raises(StudyError, match="column 'x', row 1: inf is no number that can be learnt from"):
        read(written(tmp_path, x=[1.0, np.inf, 2.0]))
    with pytest.raises(StudyError, match="row 0: 1e\\+300 is no number"):
        read(written(tmp_path, v=[[1e300], [1.0], [2.0]]))
