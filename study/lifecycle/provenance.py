"""What every run carries so that it can be done again."""

import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from study.data import StudyData

PACKAGES = ("torch", "numpy", "pandas", "scipy", "scikit-learn", "optuna", "mlflow", "arch", "safetensors")


def provenance(data: StudyData, *, seed: int) -> dict[str, Any]:
    """Seed, data digest, git commit; as mappings package versions and split boundaries as dates."""
    return {
        "study_seed": seed,
        "data_digest": data.digest,
        "label": data.source.label_kind,
        "git_commit": git_commit(),
        "packages": package_versions(PACKAGES),
        "splits": data.splits.to_dict(),
    }


def package_versions(packages: Sequence[str]) -> dict[str, str]:
    """Installed versions by package name, and Python's."""
    versions = {"python": platform.python_version()}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def git_commit() -> str:
    """Commit of the code that runs, with `+changes` when files differ from it; `unknown` outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        commit = _git(here, "rev-parse", "HEAD")
        changed = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + ("+changes" if changed else "")


def _git(where: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=where, capture_output=True, text=True, check=True)
    return done.stdout.strip()
