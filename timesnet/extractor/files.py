"""An extractor on disk: model.safetensors beside extractor.json, and past.safetensors where it knows past windows.

The JSON file holds everything but the arrays, the SHA-256 of each file of arrays and that of what it says itself, so
that a damaged file and a mixture of two extractors are noticed. It is written last; each file is written under another
name first.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from ..errors import CheckpointError, TimesNetError
from ..market import NEVER_CLOSES, Market
from ..network import TimesNetConfig, load_checkpoint
from ..whole_files import write_whole
from ..windows import Scaler
from .extractor import Extractor
from .past import PastWindows

# Notes in an extractor's provenance that whoever loads it has to read.
CAUTION, LEAK = "caution", "leak"
WEIGHTS, DESCRIPTION, PAST, FORMAT = "model.safetensors", "extractor.json", "past.safetensors", 1
# Extractors that were saved before there was one have none.
OWN_DIGEST = "description_sha256"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "format": int,
    "config": dict,
    "period_selection": str,
    "frozen_frequencies": (list, type(None)),
    "layer": str,
    "pooling": str,
    "dim": int,
    "scaler": dict,
    "features": list,
    "seq_len": int,
    "freq": str,
    "interval_seconds": (int, float, type(None)),
    "provenance": dict,
    "weights_sha256": str,
}


def notes(provenance: Mapping[str, Any]) -> list[str]:
    """What whoever loads an extractor of this provenance has to read, each a line, the gravest first."""
    return [str(provenance[note]) for note in (LEAK, CAUTION) if provenance.get(note)]


def save_extractor(extractor: Extractor, directory: str | os.PathLike[str]) -> Path:
    """Writes the files; returns the directory, made if need be."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: tensor.detach().cpu().contiguous() for name, tensor in extractor.model.state_dict().items()
    }
    write_whole(folder / WEIGHTS, lambda path: save_file(weights, path))
    described = {
        "format": FORMAT,
        "layer": extractor.layer,
        "pooling": extractor.pooling,
        "dim": extractor.dim,
        "seq_len": extractor.seq_len,
        "interval_seconds": extractor.interval_seconds,
        "freq": extractor.freq,
        "inputs": extractor.inputs,
        "by_rows": extractor.by_rows,
        "padded": extractor.padded,
        "features": list(extractor.features),
        "period_selection": extractor.model.period_selection,
        "frozen_frequencies": extractor.model.frozen_frequencies,
        "market": extractor.market.to_dict(),
        "provenance": extractor.provenance,
        "config": {**extractor.model.config.to_dict(), "period_selection": extractor.model.period_selection},
        "scaler": extractor.scaler.to_dict(),
        "weights_sha256": _digest(folder / WEIGHTS),
    }
    if (past := extractor.past) is not None:
        rest: dict[str, Any] = {}
        write_whole(folder / PAST, lambda path: rest.update(past.save(path)))
        described["past"] = {**rest, "sha256": _digest(folder / PAST)}
    described[OWN_DIGEST] = _own_digest(described)
    text = json.dumps(described, indent=2) + "\n"
    write_whole(folder / DESCRIPTION, lambda path: path.write_text(text, encoding="utf-8"))
    return folder


def load_extractor(directory: str | os.PathLike[str], *, device: str | None = None) -> Extractor:
    """Reads the files and checks that they belong together.

    Raises CheckpointError: one line with the file, the key and what is wrong with it.
    """
    folder = Path(directory)
    source = folder / DESCRIPTION
    described = _read(source)
    _check(source, described)
    weights = folder / WEIGHTS
    _require_same(weights, described["weights_sha256"], source)
    past = described.get("past")
    if past is not None:
        if not isinstance(past, dict):
            raise CheckpointError(f"{source}: past is {past!r:.80}, a {type(past).__name__}")
        _require_same(folder / PAST, past.get("sha256"), source)
    try:
        model = load_checkpoint(weights, TimesNetConfig.from_dict(described["config"]))
        model.set_frozen_frequencies(described["frozen_frequencies"])
        model.period_selection = described["period_selection"]
        extractor = Extractor(
            model,
            described["layer"],
            described["pooling"],
            scaler=Scaler.from_dict(described["scaler"]),
            features=described["features"],
            seq_len=described["seq_len"],
            freq=described["freq"],
            interval_seconds=described["interval_seconds"],
            # Written by code that knew no closures, it was trained on windows that crossed none.
            market=Market.from_dict(described["market"]) if "market" in described else NEVER_CLOSES,
            inputs=described.get("inputs", "candles"),
            by_rows=bool(described.get("by_rows", False)),
            padded=bool(described.get("padded", False)),
            provenance=described["provenance"],
            past=None if past is None else PastWindows.load(folder / PAST, past),
            device=device,
        )
    except CheckpointError:
        raise
    except (TimesNetError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{source}: {str(error) or type(error).__name__}") from error
    if extractor.dim != described["dim"]:
        raise CheckpointError(
            f"{source}: dim is {described['dim']}, {extractor.layer} pooled by {extractor.pooling} "
            f"has {extractor.dim}"
        )
    if extractor.past is not None and extractor.past.vectors.shape[1] != extractor.dim:
        raise CheckpointError(
            f"{folder / PAST}: has vectors of {extractor.past.vectors.shape[1]} numbers, the layer {extractor.dim}"
        )
    # Last, so that what is wrong is said by its name where it has one.
    if described.get(OWN_DIGEST, _own_digest(described)) != _own_digest(described):
        raise CheckpointError(
            f"{source}: is damaged or was changed, it is not what {OWN_DIGEST} was written for"
        )
    return extractor


def _require_same(file: Path, digest: object, source: Path) -> None:
    if not file.exists():
        raise CheckpointError(f"{file}: there is no such file")
    if _digest(file) != digest:
        raise CheckpointError(f"{file}: is damaged or not the file that {source} was written with")


def _read(source: Path) -> dict[str, Any]:
    if not source.exists():
        raise CheckpointError(f"{source}: there is no such file, so this is no saved extractor")
    try:
        described = json.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{source}: is not readable as JSON ({error})") from error
    if not isinstance(described, dict):
        raise CheckpointError(f"{source}: holds a {type(described).__name__}, not a dictionary")
    return described


def _check(source: Path, described: dict[str, Any]) -> None:
    if described.get("format", FORMAT) != FORMAT:
        raise CheckpointError(f"{source}: format is {described['format']!r}, this code reads {FORMAT}")
    for key, kinds in _TYPES.items():
        if key not in described:
            raise CheckpointError(f"{source}: {key} is missing")
        if not isinstance(described[key], kinds) or isinstance(described[key], bool):
            raise CheckpointError(
                f"{source}: {key} is {described[key]!r:.80}, a {type(described[key]).__name__}"
            )
    scaler = described["scaler"]
    for key in ("mean", "scale"):
        numbers = scaler.get(key)
        if not isinstance(numbers, list) or not all(
            isinstance(number, int | float) and number == number for number in numbers
        ):
            raise CheckpointError(f"{source}: scaler {key} is {numbers!r:.80}, numbers are needed")
    if len(scaler["mean"]) != len(scaler["scale"]):
        raise CheckpointError(
            f"{source}: scaler has {len(scaler['mean'])} means and {len(scaler['scale'])} scales"
        )


def _own_digest(described: dict[str, Any]) -> str:
    """SHA-256 of what a description says, whatever the order and the spaces between."""
    said = {key: value for key, value in described.items() if key != OWN_DIGEST}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
