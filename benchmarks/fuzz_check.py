"""What a command makes of an input: a right result, one clear line with exit code 2, or a fault."""

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

from benchmarks.fuzz_inputs import CONFIG, base_candles
from study.cli import main

SMALL = ["--seq_len", "8", "--horizon", "1"]


class Accepted(BaseException):
    """The command found nothing wrong with its input and would begin its work."""


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A folder with a sound candle file and network configuration, in which commands run up to their real work."""
    import study.lifecycle.open_study

    before = Path.cwd()
    with (
        tempfile.TemporaryDirectory(prefix="layer-study-fuzz-") as scratch,
        mock.patch.object(study.lifecycle.open_study, "make_store_whole", side_effect=Accepted),
        mock.patch.dict(os.environ, {"MLFLOW_TRACKING_URI": f"sqlite:///{scratch}/mlflow.db"}),
    ):
        folder = Path(scratch)
        base_candles(300).to_csv(folder / "candles.csv", index=False)
        (folder / "args.json").write_text(json.dumps(CONFIG))
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


def command_for(kind: str, content: bytes | list[str]) -> list[str]:
    """Write the input where its command reads it, in this folder; returns the command's words."""
    if isinstance(content, list):
        return content
    names = {
        "candles": "fuzzed.csv",
        "spaces": "fuzzed.yaml",
        "configs": "fuzzed.json",
        "checkpoints": "checkpoint.pth",
    }
    Path(names[kind]).write_bytes(content)
    if kind == "candles":
        return ["study", "--data", "fuzzed.csv", *SMALL]
    if kind == "spaces":
        return ["study", "--data", "candles.csv", "--space", "fuzzed.yaml", *SMALL]
    if kind == "configs":
        return ["layers", "--config", "fuzzed.json"]
    return ["layers", "--checkpoint", "checkpoint.pth", "--config", "args.json"]


def run(words: Sequence[str]) -> tuple[int | None, str]:
    """Run a command in this process: (exit code, what it wrote to stderr); None where it would begin its work.

    Raises AssertionError for an answer that is neither right nor one clear line, and whatever escapes the command.
    """
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        try:
            code: int | None = main(words)
        except Accepted:
            code = None
        except SystemExit as ended:
            code = int(ended.code or 0)
    said = errors.getvalue()
    assert code in (None, 0, 2), f"exit code {code}"
    if code == 2:
        lines = [line for line in said.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1 and len(lines[0]) < 1500, f"not one clear line: {said[:2000]!r}"
        assert lines[0].isprintable(), f"control characters: {lines[0][:300]!r}"
    assert "Traceback" not in said
    assert not Path("exploded").exists(), "a pickle ran code"
    assert not [path for path in Path.cwd().rglob("*.part")], "half-written files"
    assert not Path("studies").exists(), "a study was begun"
    return code, said
