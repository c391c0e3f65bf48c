"""The Ray cluster that a study runs on."""

import logging
import os
import signal
from pathlib import Path
from typing import Any

import probes
import study
import timesnet
from study.engines.backend import module_path
from study.errors import StudyError

try:
    import ray
    from ray.exceptions import RayError
except ModuleNotFoundError:
    raise StudyError("ray=... needs the package ray: pip install 'ray>=2.60'") from None

# A worker elsewhere needs an environment with the dependencies; the code of this project is sent to it.
_PACKAGES = (study, timesnet, probes)


def connect(address: str) -> str:
    """Join the cluster at the address, or for `auto` one that runs on this machine, or else start one here.

    Returns what was found, in words. Raises StudyError where no cluster answers.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Its driver would answer SIGTERM in a way of its own.
    on_termination = signal.getsignal(signal.SIGTERM)
    try:
        return _connect(address)
    finally:
        signal.signal(signal.SIGTERM, on_termination)


def slots_of(gpus_per_trial: float) -> int:
    """Trials that the cluster's living nodes can evaluate at once, one core and so many GPUs each."""
    count = 0
    for node in ray.nodes():
        if node["Alive"]:
            cores, gpus = node["Resources"].get("CPU", 0), node["Resources"].get("GPU", 0)
            count += int(min(cores, gpus / gpus_per_trial + 1e-9) if gpus_per_trial else cores)
    return count


def _connect(address: str) -> str:
    try:
        _init(address)
    except (ConnectionError, RuntimeError, ValueError, RayError) as error:
        if address != "auto" or os.environ.get("RAY_ADDRESS") or not isinstance(error, ConnectionError):
            reason = " ".join(str(error).split())[:300]
            raise StudyError(f"ray={address!r}: no cluster that can be joined there: {reason}") from None
        _init("local")
        return "a Ray cluster of this machine alone, as none was running"
    return f"the Ray cluster at {ray.get_runtime_context().gcs_address}"


def _init(address: str) -> None:
    code: dict[str, Any] | None = {
        "py_modules": [str(Path(str(package.__file__)).parent) for package in _PACKAGES]
    }
    before = os.environ.get("PYTHONPATH")
    if address == "local":
        # Workers of this machine find the code where it is; seconds pass until one has been sent it.
        code, os.environ["PYTHONPATH"] = None, module_path()
    try:
        ray.init(address=address, runtime_env=code, log_to_driver=False, logging_level=logging.ERROR)
    finally:
        if before is None:
            os.environ.pop("PYTHONPATH", None)
        else:
            os.environ["PYTHONPATH"] = before
