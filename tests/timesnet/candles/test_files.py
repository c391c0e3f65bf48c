import gzip

import numpy as np
import pandas as pd
import pytest

from tests.timesnet.candle_factory import NUMBERS, candle_frame
from timesnet.candles.clean import read_candles
from timesnet.errors import DataError

FRAME = candle_frame(120)
CSV = FRAME.to_csv(index=False)


def same(path):
    candles, quality = read_candles(path)
    return (
        candles.frame["date"].equals(FRAME["date"])
        and np.array_equal(candles.frame[NUMBERS], FRAME[NUMBERS])
        and quality.rows_read - quality.blank_rows == len(FRAME)
    )


@pytest.mark.parametrize(
    "text",
    [
        CSV,
        "\ufeff" + CSV,
        CSV.replace("\n", "\r\n"),
        CSV.replace(",", ";"),
        CSV.replace(",", "\t"),
        CSV.replace(",", "|"),
        CSV.replace(",", ", "),
        CSV + "\n\n",
        "https://www.example.org\n" + CSV,
        FRAME.to_csv(index=False, quoting=1),
        FRAME.to_csv(index=False, sep=";", decimal=","),
        FRAME.reset_index().to_csv(index=False),
        FRAME.to_csv(),
    ],
)
def test_text_files(tmp_path, text):
    path = tmp_path / "candles.csv"
    path.write_bytes(text.encode())
    assert same(path) and same(str(path))


def test_packed_text(tmp_path):
    (tmp_path / "candles.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    assert same(tmp_path / "candles.csv.gz")


def test_parquet_files_and_folders(tmp_path):
    FRAME.to_parquet(tmp_path / "candles.parquet")
    FRAME.set_index("date").to_parquet(tmp_path / "indexed.parquet")
    folder = tmp_path / "folder"
    folder.mkdir()
    FRAME[70:].to_parquet(folder / "a.parquet")
    FRAME[:70].to_parquet(folder / "b.parquet")
    (folder / "_SUCCESS").touch()
    assert same(tmp_path / "candles.parquet") and same(tmp_path / "indexed.parquet") and same(folder)


def test_a_folder_divided_by_symbol(tmp_path):
    for symbol in ("BTC", "ETH"):
        (tmp_path / f"symbol={symbol}").mkdir()
        FRAME.to_parquet(tmp_path / f"symbol={symbol}" / "part.parquet")
    candles, quality = read_candles(tmp_path)
    assert quality.symbols == ("BTC", "ETH") and len(candles) == 2 * len(FRAME)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        (CSV.splitlines()[0], "a header but no rows"),
        ("\n".join(line + ",1,x" for line in CSV.splitlines()[1:]), "no header line"),
        (CSV + "1,2,3,4,5,6,7,8\n", "cannot be read as CSV: Expected 6 fields in line 122, saw 8"),
        (
            "date,open,high,low,close,volume\n" + "2021-01-01,1,5,2,5,1,5,1,5,7,0\n" * 5,
            "more cells than the header",
        ),
        (CSV.replace("2021-09-27 15:00:00+00:00,", "2021-09-27 15:00:00+00:00,x"), "'open', line 3: 'x"),
        (CSV + "2021-10-01 18:45:00+00:00,2\n", "'high', line 122: the value is missing"),
        (CSV + "Made by nobody\n", "'date', line 122: 'Made by nobody' is not a date"),
        (
            b"\xc3\x28\n"
            + CSV.replace("open", "x")
            .replace("high", "y")
            .replace("low", "z")
            .replace("close", "w")
            .encode(),
            "not text in UTF-8",
        ),
        (b"PAR1 is not enough", "not readable as Parquet"),
    ],
)
def test_what_is_no_table_of_candles_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "candles.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as error:
        read_candles(path)
    assert words in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


def test_lines_are_counted_as_an_editor_does(tmp_path):
    path = tmp_path / "candles.csv"
    rows = CSV.splitlines()
    rows[50] = rows[50].rsplit(",", 2)[0] + ",abc,1"
    rows.insert(20, "")
    path.write_text("# a note\n" + "\n".join(rows))
    with pytest.raises(DataError) as error:
        read_candles(path)
    line = 1 + path.read_text().splitlines().index("# a note\n".strip()) + 1 + 51
    assert f"column 'close', line {line}: 'abc'" in str(error.value)
    assert "abc" in path.read_text().splitlines()[line - 1]


def test_an_empty_folder_and_a_parquet_file_without_rows(tmp_path):
    with pytest.raises(DataError, match=r"no \.parquet and no \.csv file"):
        read_candles(tmp_path)
    FRAME[:0].to_parquet(tmp_path / "empty.parquet")
    with pytest.raises(DataError, match="holds no rows"):
        read_candles(tmp_path)


def test_numbers_are_read_to_the_last_digit(tmp_path):
    generator = np.random.default_rng(0)
    frame = FRAME.assign(volume=generator.random(len(FRAME)) * 10.0 ** generator.integers(-8, 12, len(FRAME)))
    frame.to_csv(tmp_path / "candles.csv", index=False)
    candles, _ = read_candles(tmp_path / "candles.csv")
    pd.testing.assert_series_equal(candles.frame["volume"], frame["volume"], check_exact=True)
