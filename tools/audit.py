"""`make check`: known vulnerabilities of the packages that the locks pin, by pip-audit.

Exit code 1 where a fixed version exists. Where the database of vulnerabilities can't be reached it says so and passes:
a check has to work without a network, and must not claim what it did not look up.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

LOCKS = ("requirements.lock", "requirements-dev.lock")
UNREACHED = "audit: the database of vulnerabilities can't be reached from here, so no package was audited"


def main() -> int:
    """Audit both locks, print one line a vulnerable package and one in all."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--progress-spinner",
            "off",
            "--disable-pip",
            "--no-deps",
        ]
        for lock in LOCKS:
            command += ["--requirement", lock]
        done = subprocess.run(
            [*command, "--format", "json", "--output", str(answer)], capture_output=True, text=True
        )
        if not answer.exists():
            return _no_answer(done.stderr)
        packages = json.loads(answer.read_text())["dependencies"]
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        # Behind a mirror every look-up is "not found", which pip-audit itself reports as no vulnerability.
        print(UNREACHED)
        return 0
    found = {
        (p["name"], p["version"], v["id"], ", ".join(v["fix_versions"])) for p in audited for v in p["vulns"]
    }
    for name, version, identifier, fixed in sorted(found):
        print(
            f"audit: {name} {version} has {identifier}, {f'fixed in {fixed}' if fixed else 'without a fix so far'}"
        )
    skipped = (
        f", {len(packages) - len(audited)} are not in the database" if len(audited) < len(packages) else ""
    )
    print(f"audit: {len(audited)} pinned packages looked up, {len(found)} known vulnerabilities{skipped}")
    return 1 if any(fixed for *_, fixed in found) else 0


def _no_answer(said: str) -> int:
    lines = [line for line in said.strip().splitlines() if line.strip()] or ["pip-audit said nothing"]
    if any("Connection" in line or "Timeout" in line for line in lines):
        print(UNREACHED)
        return 0
    print(f"audit: pip-audit failed: {lines[-1][:300]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
