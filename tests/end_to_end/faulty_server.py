"""A real MLflow server behind a proxy that can stop, refuse, drop answers and answer with errors."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REFUSED = "refused"  # the connection is closed before the request is read
LOST = "lost"  # the request is carried out, its answer never arrives
UNAVAILABLE = "unavailable"  # an answer with status 503


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class FaultyProxy:
    """Passes requests on to a server until told otherwise.

    Attributes:
        uri: what a client is told.
        requests: "METHOD path" of every request that came, in order.
        met: those that met a fault which each meets once.
    """

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.port = free_port()
        self.requests: list[str] = []
        self.met: set[str] | None = None
        self._fault, self._on, self._times = "", re.compile(""), 0
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen (again)."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Like a server that is not running: connections are refused by the operating system."""
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def fail(self, fault: str, on: str = "", times: int = 10**9) -> None:
        """From now on the next `times` requests whose "METHOD path" holds the pattern meet the fault."""
        with self._lock:
            self._fault, self._on, self._times, self.met = fault, re.compile(on), times, None

    def fail_once_each(self, fault: str, on: str) -> None:
        """From now on the first of each kind of request whose "METHOD path" holds the pattern meets the fault."""
        self.fail(fault, on)
        self.met = set()

    def heal(self) -> None:
        """Pass everything on again."""
        with self._lock:
            self._times = 0

    def count(self, pattern: str) -> int:
        return sum(bool(re.search(pattern, request)) for request in self.requests)

    def _meets(self, request: str) -> str:
        with self._lock:
            self.requests.append(request)
            if self._times > 0 and self._on.search(request) and request not in (self.met or ()):
                self._times -= 1
                if self.met is not None:
                    self.met.add(request)
                return self._fault
        return ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def _pass(self) -> None:
                fault = proxy._meets(f"{self.command} {self.path}")
                self.close_connection = True
                if fault == REFUSED:
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if fault == UNAVAILABLE:
                    self.send_error(503)
                    return
                connection = http.client.HTTPConnection("127.0.0.1", proxy.upstream, timeout=60)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                if fault == LOST:
                    return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815

            def log_message(self, *parts: object) -> None:
                """Say nothing."""

        return Handler


class MlflowServer:
    """`mlflow server` with one worker and a store of its own, behind a proxy; a context manager."""

    def __init__(self, folder: Path, *, store: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.store = store or f"sqlite:///{folder / 'mlflow.db'}"

    @property
    def direct(self) -> str:
        """The server's own address, which no fault meets."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "MlflowServer":
        self.log = (self.folder / "server.log").open("w")
        options = {
            "host": "127.0.0.1",
            "port": self.port,
            "workers": 1,
            "backend-store-uri": self.store,
            "artifacts-destination": self.folder / "artifacts",
        }
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
        # Seven idle processes of GenAI jobs less, each of which takes seconds to start.
        environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *words],
            cwd=self.folder,
            env=environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until = time.monotonic() + 90
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < until, (
                self.folder / "server.log"
            ).read_text()
            time.sleep(0.1)
        self.proxy = FaultyProxy(self.port)
        return self

    def __exit__(self, *_: object) -> None:
        self.proxy.stop()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def _answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
