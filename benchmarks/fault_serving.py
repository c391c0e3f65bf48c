"""A served model under right, malformed and heavy requests for half an hour."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd

from benchmarks.fault_study import prepare_folder, store, study_arguments

CLIENTS = 50
MODEL = "models:/timesnet-embedder@champion"
HUGE_ROWS, LARGE_ROWS = 1_000_000, 50_000
# Seconds between heavy requests.
HEAVY_EVERY = 240.0
Request = tuple[str, str, str]  # kind, content type, body


def main(minutes: float, seed: int) -> int:
    """Serve a small study's winner to 50 clients at once; prints a table, returns the number of faults."""
    with tempfile.TemporaryDirectory(prefix="layer-study-serving-") as scratch:
        folder = Path(scratch)
        prepare_folder(folder)
        command = [sys.executable, "-m", "study", *study_arguments()]
        environment = _environment(folder)
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        right, expected = _right_requests(folder)
        with _Server(folder, environment) as server:
            return _besiege(server, right, expected, minutes, seed)


def _besiege(
    server: "_Server", right: list[Request], expected: dict[str, np.ndarray], minutes: float, seed: int
) -> int:
    wrong = _wrong_requests(json.loads(right[0][2]))
    heavy_ones = [_walk(HUGE_ROWS, f"{HUGE_ROWS:,} rows"), right.pop()]
    counts: Counter[tuple[str, str]] = Counter()
    lock, stop = threading.Lock(), threading.Event()
    turn = iter(range(10**12))

    def ask(request: Request) -> None:
        kind, content_type, body = request
        verdict = _verdict(kind, *server.post(body, content_type), expected)
        with lock:
            counts[kind, verdict] += 1

    def client(number: int) -> None:
        generator = random.Random(seed * 1000 + number)
        while not stop.is_set():
            ask(generator.choice(right if next(turn) % 2 else wrong))
            stop.wait(generator.uniform(0, 2))

    def heavy() -> None:
        while not stop.is_set():
            for request in heavy_ones:
                ask(request)
            stop.wait(HEAVY_EVERY)

    threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(CLIENTS)]
    threads.append(threading.Thread(target=heavy, daemon=True))
    for thread in threads:
        thread.start()
    started = time.monotonic()
    memory: list[tuple[float, float]] = []
    while (elapsed := time.monotonic() - started) < 60 * minutes:
        time.sleep(min(10.0, minutes * 6))
        memory.append((elapsed / 60, server.memory()))
        with lock:
            bad = sum(n for (_, verdict), n in counts.items() if verdict not in ("right", "400"))
            print(
                f"{elapsed / 60:.1f} of {minutes:g} min, {sum(counts.values())} answers, {bad} bad, "
                f"{memory[-1][1]:.0f} MiB",
                file=sys.stderr,
                flush=True,
            )
    stop.set()
    for thread in threads:
        thread.join(120)
    return _table(counts, memory, minutes)


def _table(counts: Counter[tuple[str, str]], memory: list[tuple[float, float]], minutes: float) -> int:
    verdicts = sorted({verdict for _, verdict in counts})
    print(f"| {minutes:g} minutes, {CLIENTS} clients at once | {' | '.join(verdicts)} |")
    print("| --- |" + " --- |" * len(verdicts))
    for kind in sorted({kind for kind, _ in counts}):
        print(f"| {kind} | {' | '.join(str(counts[kind, verdict]) for verdict in verdicts)} |")
    sizes = np.array([size for _, size in memory])
    third = max(1, len(sizes) // 3)
    print(
        f"\nServer memory, MiB: {sizes[0]:.0f} at first, {np.median(sizes[third : 2 * third]):.0f} in the middle third "
        f"and {np.median(sizes[-third:]):.0f} in the last (medians), {sizes.max():.0f} at most."
    )
    return sum(n for (_, verdict), n in counts.items() if verdict not in ("right", "400"))


def _verdict(kind: str, status: int, answer: bytes, expected: dict[str, np.ndarray]) -> str:
    if status == 200 and kind.startswith("right"):
        found = pd.DataFrame(json.loads(answer)["predictions"]).filter(like="emb_").to_numpy(dtype=np.float64)
        return "right" if np.allclose(found, expected[kind], rtol=1e-4, atol=1e-5) else "wrong numbers"
    if 400 <= status < 500 and not kind.startswith("right"):
        return "400"
    return str(status) if status else "no answer"


def _right_requests(folder: Path) -> tuple[list[Request], dict[str, np.ndarray]]:
    mlflow.set_tracking_uri(store(folder))
    model = mlflow.pyfunc.load_model(MODEL)
    table = pd.read_csv(folder / "candles.csv").tail(200).reset_index(drop=True)
    records, split = table.to_dict(orient="records"), table.to_dict(orient="split")
    requests = [
        ("right, records", "application/json", json.dumps({"dataframe_records": records})),
        ("right, split", "application/json", json.dumps({"dataframe_split": split})),
        ("right, CSV", "text/csv", table.to_csv(index=False)),
        _walk(LARGE_ROWS, f"right, {LARGE_ROWS:,} rows"),
    ]
    large = pd.DataFrame(**json.loads(requests[-1][2])["dataframe_split"])
    expected = {kind: table for kind, _, _ in requests[:-1]} | {requests[-1][0]: large}
    return requests, {
        kind: model.predict(candles).filter(like="emb_").to_numpy() for kind, candles in expected.items()
    }


def _wrong_requests(right: dict) -> list[Request]:
    records = right["dataframe_records"]
    one = {"dataframe_records": records}
    bodies: list[tuple[str, object]] = [
        ("malformed JSON", "{not json"),
        ("malformed JSON", json.dumps(one)[:-50]),
        ("malformed JSON", ""),
        ("wrong types", []),
        ("wrong types", {"dataframe_records": 1}),
        ("wrong types", {"dataframe_records": [{**record, "close": [1]} for record in records]}),
        ("wrong types", {"dataframe_records": [{**record, "high": "much"} for record in records]}),
        ("wrong types", {"dataframe_split": {"columns": ["date"], "data": [[1]]}}),
        ("wrong types", {"instances": [[1, 2], [3]]}),
        ("wrong types", {**one, "params": {"stride": "x"}}),
        ("too few candles", {"dataframe_records": records[:5]}),
        ("a column missing", {"dataframe_records": [{"date": record["date"]} for record in records]}),
        ("not one possible candle", {"dataframe_records": [{**record, "high": -1} for record in records]}),
    ]
    return [
        (kind, "application/json", body if isinstance(body, str) else json.dumps(body))
        for kind, body in bodies
    ] + [("another content type", "application/x-pickle", "x"), ("damaged CSV", "text/csv", "a,b\n1,2,3\n4")]


def _walk(rows: int, kind: str) -> Request:
    close = 100 + np.random.default_rng(0).normal(0, 0.01, rows).cumsum() % 50
    dates = pd.date_range("1950-01-01", periods=rows, freq="h", tz="UTC").astype(str)
    frame = pd.DataFrame({"date": dates, "open": close, "high": close, "low": close, "close": close})
    frame["volume"] = 1.0
    split = {"columns": list(frame), "data": frame.to_numpy(dtype=object).tolist()}
    return kind, "application/json", json.dumps({"dataframe_split": split})


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "MLFLOW_RUN_ID"}
    paths = [str(Path(__file__).parents[1]), kept.get("PYTHONPATH", "")]
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "MLFLOW_TRACKING_URI": store(folder),
    }


class _Server:
    """`mlflow models serve` on a free port of this machine."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = f"mlflow models serve -m {MODEL} --env-manager local -h 127.0.0.1 -p {self.port} -t 600"
        self.process = subprocess.Popen(
            words.split(),
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> "_Server":
        for _ in range(600):
            time.sleep(0.5)
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/ping")
                connection.getresponse().read()
                return self
            except OSError:
                if self.process.poll() is not None:
                    break
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=60)

    def post(self, body: str, content_type: str) -> tuple[int, bytes]:
        """Status and body of the answer; status 0 where none came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request("POST", "/invocations", body.encode(), {"Content-Type": content_type})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def memory(self) -> float:
        """Resident memory of the server's processes in MiB."""
        total = 0
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(entry.name)) == self.process.pid:
                    total += int((entry / "statm").read_text().split()[1])
            except (OSError, ValueError):
                continue
        return total * os.sysconf("SC_PAGE_SIZE") / 2**20
