"""The past windows most like one, printed."""

import numpy as np
import pandas as pd
import pytest

from study.commands import neighbours as command
from study.commands.model import FetchedModel
from study.errors import StudyError
from tests.study.small_extractor import small_extractor
from tests.timesnet.candle_factory import candle_frame
from timesnet.extractor import PastWindows, save_extractor

CANDLES = candle_frame(300, zero_volumes=0)


@pytest.fixture
def ask(tmp_path, monkeypatch, capsys):
    """Asks of a file of candles with a model that knows the windows of its first 200; returns what was printed."""
    extractor = small_extractor()
    embedded = extractor.embed_candles(CANDLES.head(200))
    vectors, dates = embedded.filter(like="emb_").to_numpy(), pd.DatetimeIndex(embedded["date"])
    extractor.past = PastWindows(
        vectors=vectors.astype(np.float16),
        mean=np.zeros(extractor.dim, np.float32),
        scale=np.ones(extractor.dim, np.float32),
        dates=dates.as_unit("ns").asi8,
        apart=(dates + 20 * pd.Timedelta("15min")).as_unit("ns").asi8,
        classes=np.arange(len(dates)) % 2,
        outcomes=np.linspace(0, 1, len(dates), dtype=np.float32),
        symbols=np.zeros(len(dates), np.int64),
        class_names=("calm", "volatile"),
        symbol_names=(),
        outcome="range of the next 4 candles",
        metric="auc",
        scores={1: (0.51, 0.4, 0.6), 5: (0.55, 0.5, 0.6)},
        probe=(0.7, 0.6, 0.8),
    )
    folder = save_extractor(extractor, tmp_path / "model")
    monkeypatch.setattr(command, "fetch_model", lambda model: FetchedModel(folder, "models:/m/1", "digest"))
    monkeypatch.setattr(command, "use_default_store", lambda: None)

    def asked(frame=CANDLES, **given):
        frame.to_csv(tmp_path / "candles.csv", index=False)
        chosen = {"at": "", "symbol": "", "neighbours": 5, "timezone": ""} | given
        command.print_neighbours(model="models:/m@champion", data=str(tmp_path / "candles.csv"), **chosen)
        return capsys.readouterr().out, extractor

    return asked


@pytest.mark.parametrize("row", [299, 190])
def test_it_prints_what_the_model_finds_for_that_date(ask, row):
    date = CANDLES["date"].iloc[row]
    text, extractor = ask(at=f"{date:%Y-%m-%dT%H:%M}" if row < 299 else "")
    vector = extractor.embed_candles(CANDLES.iloc[: row + 1]).filter(like="emb_").to_numpy()[-1:]
    found = extractor.past.like(vector, np.array([date.as_unit("ns").value]), 5)
    table = extractor.past.table(pd.DataFrame({"date": [date]}), found)
    assert f"to {date:%Y-%m-%d %H:%M} UTC" in text and "models:/m/1" in text
    for one in table["neighbours"].iloc[0]:
        line = next(
            line for line in text.splitlines() if f"{pd.Timestamp(one['date']):%Y-%m-%d %H:%M}" in line
        )
        assert one["class"] in line and f"{one['distance']:.2f}" in line and f"{one['outcome']:.4f}" in line
    assert f"volatile: followed {table['share_volatile'].iloc[0]:.0%} of these 5" in text
    assert f"{table['base_volatile'].iloc[0]:.0%} of all {found.past.sum():,} past windows" in text
    for words in (
        "1 neighbour 0.510 [0.400, 0.600]",
        "5 neighbours 0.550",
        "own classifier 0.700",
    ):
        assert words in text


def test_of_several_symbols_one_is_asked_for(ask):
    both = pd.concat([CANDLES.assign(symbol=name) for name in ("A", "B")])
    with pytest.raises(StudyError, match="has 2 symbols: give symbol=A"):
        ask(both)
    with pytest.raises(StudyError, match="symbol='C' is not in"):
        ask(both, symbol="C")
    assert ", B (open time" in ask(both, symbol="B")[0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"at": "yesterday"}, "at='yesterday' is no date"),
        ({"at": "2021-09-28T10:07"}, "the nearest: 2021-09-28T10:00 and 2021-09-28T10:15"),
        ({"at": "2021-09-27T19:30"}, "no window that the model keeps lies before 2021-09-27 19:30"),
        ({"neighbours": 0}, "neighbours=0: give 1 or more"),
        ({"symbol": "A"}, "have no symbol"),
        ({"timezone": "Mars"}, "Mars"),
    ],
)
def test_what_can_not_be_answered_is_one_line(ask, given, words):
    with pytest.raises(StudyError, match=words) as raised:
        ask(**given)
    assert "\n" not in str(raised.value)
