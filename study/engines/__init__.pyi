from .backend import Backend, Done
from .choose import open_backend
from .threads import one_thread_each
from .worker_count import choosing_processes

__all__ = [
    "Backend",
    "Done",
    "choosing_processes",
    "one_thread_each",
    "open_backend",
]
