"""Made-up inputs of every kind that the commands read, sound and damaged."""

import io
import json
import pickle
import zipfile
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from hypothesis import strategies as st

from study.cli import COMMANDS, STUDY_PARAMETERS
from study.trials.variant import TASKS
from timesnet import TimesNet, TimesNetConfig

# What people and programs leave in files.
PIECES = [
    '"',
    ",",
    "\n",
    ";",
    "\t",
    "\r",
    "\x00",
    "é",
    "\ud7ff",
    "nan",
    "inf",
    "-",
    "1e999",
    "1,234.5",
    "1.234,5",
]
PIECES += [
    "24:00",
    "+14:00",
    "31/12/2021",
    "1632753900",
    "TRUE",
    "date",
    "close",
    "symbol",
    "=1+1",
    "<script>",
    "`|",
]
ABSURD = [0.0, -1.0, 1e-320, 1e-30, 1e30, 1e308, -1e308, np.inf, np.nan]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 70),
    st.sampled_from([2**31, 10**30, -(10**30), "", "1e-3", "auto", "h", "\x00", "<script>"]),
    st.floats(),
    st.text(max_size=6),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
SPACE = {
    "task_name": ["imputation", "classification"],
    "d_model": [4, 8],
    "d_ff": 8,
    "e_layers": 1,
    "top_k": {"low": 1, "high": 2},
    "num_kernels": 2,
    "dropout": 0.1,
    "use_norm": [True, False],
    "pred_len": 1,
    "learning_rate": {"low": 0.001, "high": 0.01, "log": True},
    "weight_decay": 0.01,
    "batch_size": 128,
    "train_epochs": 2,
}
CONFIG = {"task_name": "classification", "seq_len": 8, "pred_len": 0, "enc_in": 12, "c_out": 12, "d_model": 4}
CONFIG |= {
    "d_ff": 4,
    "e_layers": 1,
    "top_k": 2,
    "num_kernels": 2,
    "num_class": 2,
    "freq": "h",
    "use_norm": True,
}


def base_candles(rows: int) -> pd.DataFrame:
    """Hourly candles of a random walk, prices to the cent, across a change of clocks in New York and Berlin."""
    generator = np.random.default_rng(rows)
    close = np.round(4000 * np.exp(np.cumsum(generator.normal(0, 0.003, rows))), 2)
    opening = np.concatenate(([4000.0], close[:-1]))
    high = np.round(np.maximum(opening, close) * (1 + generator.exponential(0.001, rows)), 2)
    low = np.round(np.minimum(opening, close) / (1 + generator.exponential(0.001, rows)), 2)
    dates = pd.date_range("2021-10-25", periods=rows, freq="h", tz="UTC").as_unit("ns")
    volume = np.round(generator.gamma(2, 500, rows))
    return pd.DataFrame(
        {"date": dates, "open": opening, "high": high, "low": low, "close": close, "volume": volume}
    )


@st.composite
def written_differently(draw: st.DrawFn, frame: pd.DataFrame) -> bytes:
    """The same candles as another program would write them: order, dates, separators, line ends, spare columns."""
    table = frame.astype({name: object for name in frame.columns[1:]})
    dates = frame["date"]
    stamp = dates.astype("int64")
    zone = draw(st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"]))
    local = dates.dt.tz_convert(zone)
    spellings: dict[str, pd.Series] = {
        "seconds": stamp // 10**9,
        "milliseconds": stamp // 10**6,
        "microseconds": stamp // 10**3,
        "nanoseconds": stamp,
        "offset": local.map(lambda moment: moment.isoformat()),
        "mixed offsets": pd.Series(
            [
                moment.tz_convert(zone if number % 2 else "UTC").isoformat()
                for number, moment in enumerate(dates)
            ],
            index=frame.index,
        ),
        "bare": dates.dt.strftime("%Y-%m-%d %H:%M:%S"),
        "Z": dates.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "day first": dates.dt.strftime("%d/%m/%Y %H:%M"),
        "UTC": dates.dt.strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    spelling = draw(st.sampled_from(sorted(spellings)))
    # Without a day beyond the twelfth nobody can tell 10/11 from 11/10, which is refused.
    if spelling == "day first" and not (dates.dt.day > 12).any():
        spelling = "bare"
    table["date"] = spellings[spelling].astype(object)
    if draw(st.booleans()):
        for name in ("open", "high", "low", "close"):
            table[name] = frame[name].map("{:,.2f}".format)
    if draw(st.booleans()):
        table["empty"] = ""
        table.insert(0, "notes", "x")
    if draw(st.booleans()):
        table = table.rename(columns={"date": "Open time", "close": "Close", "volume": "Volume BTC"})
    if draw(st.booleans()):
        table = table.iloc[np.random.default_rng(draw(st.integers(0, 9))).permutation(len(table))]
    if draw(st.booleans()):
        table = pd.concat([table, table.iloc[:: draw(st.integers(1, 5))]])
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = table.to_csv(index=False, sep=draw(st.sampled_from([",", "\t"])), lineterminator=end)
    if draw(st.booleans()):
        text += end * 3
    return text.encode("utf-8-sig" if draw(st.booleans()) else "utf-8")


@st.composite
def damaged_candles(draw: st.DrawFn, rows: st.SearchStrategy[int]) -> bytes:
    """A file of candles with gaps, duplicates, absurd numbers and broken text."""
    frame = base_candles(draw(rows))
    for _ in range(draw(st.integers(0, 3))):
        column, row = draw(st.sampled_from(list(frame.columns[1:]))), draw(st.integers(0, len(frame) - 1))
        frame.loc[frame.index[row:][: draw(st.integers(1, 50))], column] = draw(st.sampled_from(ABSURD))
    if draw(st.booleans()):
        frame = frame[np.random.default_rng(draw(st.integers(0, 9))).random(len(frame)) > 0.1]
    if draw(st.booleans()):
        return _broken(draw, draw(written_differently(frame)))
    if draw(st.booleans()):
        frame = frame.drop(columns=draw(st.sampled_from(list(frame.columns))))
    return _broken(draw, frame.to_csv(index=False).encode())


@st.composite
def spaces(draw: st.DrawFn) -> bytes:
    """A search space with keys missing, added and given other values, now and then not even YAML."""
    return _broken(draw, yaml.safe_dump(_changed(draw, SPACE), allow_unicode=True).encode())


@st.composite
def configs(draw: st.DrawFn) -> bytes:
    """A network's JSON configuration, likewise."""
    return _broken(draw, json.dumps(_changed(draw, CONFIG)).encode())


@st.composite
def checkpoints(draw: st.DrawFn) -> bytes:
    """A checkpoint.pth: truncated, of other shapes or keys, of other contents, a pickle that would run code."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        state: dict[Any, Any] = dict(TimesNet(TimesNetConfig(**CONFIG)).state_dict())  # type: ignore[arg-type]
    kind = draw(
        st.sampled_from(["sound", "bomb", "zip bomb", "shape", "key", "value", "other", "wrapped", "text"])
    )
    if kind == "bomb":
        return pickle.dumps(Bomb())
    if kind == "zip bomb":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Bomb()))
            archive.writestr("archive/version", "3")
        return packed.getvalue()
    name = draw(st.sampled_from(sorted(state)))
    if kind == "shape":
        state[name] = torch.zeros(draw(st.lists(st.integers(0, 5), max_size=5)))
    elif kind == "key":
        state[draw(st.one_of(st.text(max_size=9), st.integers()))] = state.pop(name)
    elif kind == "value":
        state[name] = draw(st.sampled_from([None, 1, "x", [1.0], {}, torch.tensor(1), torch.tensor([True])]))
    content: Any = {"wrapped": {"state_dict": state}, "other": draw(VALUES)}.get(kind, state)
    buffer = io.BytesIO()
    torch.save("text" if kind == "text" else content, buffer)
    return _broken(draw, buffer.getvalue())


class Bomb:
    """Unpickled, it would make a file called `exploded`."""

    def __reduce__(self) -> tuple[Any, ...]:
        return open, ("exploded", "w")


@st.composite
def arguments(draw: st.DrawFn) -> list[str]:
    """Words of a command line, some of them right; `fetch` is left out, for it would reach for the network."""
    command = draw(st.sampled_from(["study", "probe", "extract", "layers", "promote", "studdy", ""]))
    known = [
        *(STUDY_PARAMETERS if command in ("study", "probe") else COMMANDS.get(command, STUDY_PARAMETERS))
    ]
    values = st.one_of(
        st.sampled_from(
            ["0", "-1", "1e9", "nan", "inf", "x", "", "auto", "1%", "../x", "/", ".", "candles.csv"]
        ),
        st.sampled_from(["uea:x", "uea:../x", "models:/x@y", "a" * 300, "sqlite:///x.db", *TASKS]),
        st.integers(-(2**65), 2**65).map(str),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12),
    )
    words = [command]
    for _ in range(draw(st.integers(0, 4))):
        name = draw(st.one_of(st.sampled_from(known), st.text("abc-=_", max_size=6)))
        words += draw(st.sampled_from([[f"--{name}"], [f"--{name}="], [name]]))
        words.append(draw(values))
    return words


def _changed(draw: st.DrawFn, sound: dict[str, Any]) -> Any:
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    changed = dict(sound)
    for _ in range(draw(st.integers(0, 3))):
        key = draw(st.sampled_from(sorted(sound)))
        what = draw(st.sampled_from(["drop", "value", "value", "range", "choices", "foreign"]))
        if what == "drop":
            changed.pop(key, None)
        elif what == "foreign":
            changed[draw(st.text(max_size=8))] = draw(SCALARS)
        elif what == "range":
            keys = st.sampled_from(["low", "high", "log", "step", "x"])
            changed[key] = {"low": draw(SCALARS), "high": draw(SCALARS), draw(keys): draw(SCALARS)}
        elif what == "choices":
            changed[key] = draw(st.lists(VALUES, max_size=3))
        else:
            changed[key] = draw(VALUES)
    return changed


def _broken(draw: st.DrawFn, content: bytes) -> bytes:
    """The content as it is in every other case, else cut off or with pieces written over it."""
    if draw(st.booleans()) or not content:
        return content
    if draw(st.booleans()):
        return content[: draw(st.integers(0, len(content)))]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(content)))
        piece = draw(st.one_of(st.sampled_from(PIECES).map(str.encode), st.binary(max_size=4)))
        content = content[:place] + piece + content[place + draw(st.integers(0, 20)) :]
    return content
