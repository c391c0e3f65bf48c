"""pyproject.toml is the one list of dependencies; lock and conda.yaml follow from it."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock):
    found = {}
    for line in (ROOT / lock).read_text().splitlines():
        if line and not line.startswith(("#", "-")):
            requirement = Requirement(line)
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", f"{lock}: {line} is not pinned"
            found.setdefault(canonicalize_name(requirement.name), []).append(specifier.version)
    return found


def check(requirements, locked):
    for text in requirements:
        requirement = Requirement(text)
        versions = locked.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not in the lock: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), (
            f"{text}: locked {versions}"
        )


def test_the_lock_satisfies_pyproject():
    check(PROJECT["project"]["dependencies"], pins("requirements.lock"))


def test_the_development_lock_satisfies_pyproject_and_agrees_with_the_lock():
    development, runtime = pins("requirements-dev.lock"), pins("requirements.lock")
    check(PROJECT["dependency-groups"]["dev"], development | runtime)
    for name in development.keys() & runtime.keys():
        assert development[name] == runtime[name]


def test_the_lock_leaves_cuda_to_torch():
    assert not [name for name in pins("requirements.lock") if re.match(r"cuda-|nvidia-|triton", name)]


def test_every_locked_package_but_torch_has_the_hashes_of_its_files():
    text = "\n".join((ROOT / f"{name}.hashes").read_text() for name in ("requirements", "requirements-dev"))
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    hashed: dict[str, set[str]] = {}
    for entry in entries:
        line, *hashes = [part.strip(" \\") for part in entry.strip().splitlines()]
        assert hashes and all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", found) for found in hashes), line
        requirement = Requirement(line)
        hashed.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    for lock in ("requirements.lock", "requirements-dev.lock"):
        for name, versions in pins(lock).items():
            assert name == "torch" or {f"=={version}" for version in versions} <= hashed[name], name
    assert "torch" not in hashed and not [name for name in hashed if re.match(r"cuda-|nvidia-|triton", name)]


def test_conda_points_at_the_lock():
    conda = yaml.safe_load((ROOT / "conda.yaml").read_text())
    (pip,) = [entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict)]
    assert pip == ["-r requirements.lock"]


def test_a_study_installs_nothing_that_only_tests_need():
    hashed = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.hashes").read_text(), flags=re.M)
    (archive,) = PROJECT["project"]["optional-dependencies"]["archives"]
    beside = {"uv", canonicalize_name(Requirement(archive).name)}
    assert {canonicalize_name(name) for name in hashed} - beside == set(pins("requirements.lock")) - {"torch"}
