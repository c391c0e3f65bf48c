"""A module has a test of its name in the same room under tests/, or a line that says which test covers it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
LISTED = Path(__file__).with_name("tested_elsewhere.txt")
PACKAGES = ("study", "timesnet", "probes")


def modules():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name not in ("__init__.py", "__main__.py"):
                yield path.relative_to(ROOT)


def elsewhere():
    lines = [line.split() for line in LISTED.read_text().splitlines() if line and not line.startswith("#")]
    return {Path(module): Path(test) for module, test in lines}


def own_test(module):
    return ROOT / "tests" / module.parent / f"test_{module.name}"


def test_a_module_without_a_test_is_noticed():
    listed = elsewhere()
    without = [str(module) for module in modules() if not own_test(module).exists() and module not in listed]
    assert not without, f"give each a test of its name, or a line in {LISTED.name}"


def test_the_list_holds_what_is_needed_and_no_more():
    for module, test in elsewhere().items():
        assert (ROOT / module).exists(), f"{module} is no module any more: take its line out"
        assert not own_test(module).exists(), f"{module} has a test of its own: take its line out"
        assert (ROOT / test).is_file(), f"{module}: {test} is not there"
