"""A process that evaluates jobs for the owner of a study.

`python -m study.engines.worker PIPE DATA ...`, all of them open files.
"""

import os
import pickle
import sys
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any


def main() -> None:
    """Serve until the owner closes the pipe, be it by its death.

    Received: a Packed `work` once, then jobs and, while one is under way, answers to its reports.
    Sent: ("ready",), ("report", epoch, score, EpochReport) and ("done", Done).
    """
    owner = Connection(int(sys.argv[1]))
    inbox: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(owner, inbox), daemon=True).start()

    from study.engines.backend import attempt
    from study.engines.shared_arrays import mapped
    from study.engines.threads import one_thread_each

    work = pickle.loads(inbox.get()).unpack(*(mapped(int(file)) for file in sys.argv[2:]))

    def send(*message: Any) -> None:
        # Not Connection.send: with torch imported it would hand tensors over as open files.
        owner.send_bytes(pickle.dumps(message))

    def report(*epoch: Any) -> bool:
        send("report", *epoch)
        return bool(pickle.loads(inbox.get()))

    with one_thread_each():
        send("ready")
        while True:
            send("done", attempt(work, pickle.loads(inbox.get()), report))


def _listen(owner: Connection, inbox: "SimpleQueue[bytes]") -> None:
    """Hand on what the owner sends; end the process with it, in the middle of an epoch if need be."""
    try:
        while True:
            inbox.put(owner.recv_bytes())
    except (EOFError, OSError):
        os._exit(1)


if __name__ == "__main__":
    main()
