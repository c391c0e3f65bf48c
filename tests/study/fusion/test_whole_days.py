"""What happened on a day is known when the day is over, whatever it is written as."""

import pandas as pd
import pytest

from study.errors import StudyError
from study.fusion.dated_table import read_dated_table

END = pd.Timedelta(1, unit="ns")


def read(folder, cells, **given):
    path = folder / "news.csv"
    path.write_text("at;n\n" + "".join(f"{cell};1\n" for cell in cells))
    return read_dated_table(str(path), "at", parameter="beside", late=True, **given)


@pytest.mark.parametrize(
    ("cells", "ends"),
    [
        (["2024-01-05", "2024-01-06"], ["2024-01-06", "2024-01-07"]),
        (["20240105", "20240106"], ["2024-01-06", "2024-01-07"]),
        (["2024-01-05 00:00:00", "2024-01-06 00:00:00"], ["2024-01-06", "2024-01-07"]),
        (
            ["2024-01-05T00:00:00-05:00", "2024-01-06T00:00:00-05:00"],
            ["2024-01-06 05:00", "2024-01-07 05:00"],
        ),
        (["1704412800", "1704499200"], ["2024-01-06", "2024-01-07"]),
        (["5 January 2024", "6 January 2024"], ["2024-01-06", "2024-01-07"]),
    ],
)
def test_a_day_ends_at_the_next_midnight(tmp_path, cells, ends):
    found = read(tmp_path, cells)
    assert found.frame["at"].tolist() == [pd.Timestamp(end, tz="UTC") - END for end in ends]
    assert "all name a day and no time, taken as known when it is over" in found.read_as


def test_times_of_day_stay_and_only_cells_without_one_are_moved(tmp_path):
    times = read(tmp_path, ["2024-01-05 07:00", "2024-01-06 07:00"])
    assert times.frame["at"].iloc[0] == pd.Timestamp("2024-01-05 07:00", tz="UTC")
    mixed = read(tmp_path, ["2024-01-05 07:00", "2024-01-06"])
    assert mixed.frame["at"].tolist() == [
        pd.Timestamp("2024-01-05 07:00", tz="UTC"),
        pd.Timestamp("2024-01-07", tz="UTC") - END,
    ]


def test_days_end_by_the_clock_of_their_zone(tmp_path):
    # In this zone the second day lasts 25 hours.
    found = read(tmp_path, ["2024-11-02", "2024-11-03"], timezone="America/New_York")
    assert found.frame["at"].tolist() == [
        pd.Timestamp("2024-11-03 04:00", tz="UTC") - END,
        pd.Timestamp("2024-11-04 05:00", tz="UTC") - END,
    ]
    dates = pd.DatetimeIndex(["2024-11-02", "2024-11-03"], tz="America/New_York")
    pd.DataFrame({"at": dates, "n": 1}).to_parquet(tmp_path / "typed.parquet")
    typed = read_dated_table(str(tmp_path / "typed.parquet"), "at", parameter="beside", late=True)
    assert typed.frame["at"].tolist() == found.frame["at"].tolist()


def test_a_month_is_refused(tmp_path):
    with pytest.raises(StudyError, match="line 3: '2024-02' is a month"):
        read(tmp_path, ["2024-01-05", "2024-02"])


def test_of_a_time_that_clocks_show_twice_the_later_is_taken(tmp_path):
    found = read(tmp_path, ["2021-10-31 02:30", "2021-10-31 12:00"], timezone="Europe/Berlin")
    assert found.frame["at"].iloc[0] == pd.Timestamp("2021-10-31 01:30", tz="UTC")
    assert "second of the two" in found.read_as
