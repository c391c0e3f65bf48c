"""Where trials are evaluated: in this process, in workers, on a Ray cluster."""

from study.engines.backend import Backend, Done
from study.engines.choose import open_backend
from study.engines.threads import one_thread_each
from study.engines.worker_count import choosing_processes

__all__ = [
    "Backend",
    "Done",
    "choosing_processes",
    "one_thread_each",
    "open_backend",
]
