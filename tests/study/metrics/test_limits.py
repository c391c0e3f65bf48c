"""Numbers in the definitions of metrics are those that the code works by."""

import re
from importlib import import_module, reload

import pytest

from study.metrics import limits

# What no choice of ours decides: ends of ranges, chance, the classes 0 and 1, numbers that are part of a formula.
OF_THE_FORMULAS = {"0", "1", "2", "0.5"}
# Constant -> what it is set to here, and how the definitions write that.
PATCHED = {
    ("probes.candidate", "DEFAULT_KNN_BANK_ROWS"): (4127, ["4,127"]),
    ("probes.candidate", "KNN_TUNE_ROWS"): (4111, ["4,111"]),
    ("probes.separation.separability", "PAIR_ROWS"): (4129, ["4,129"]),
    ("probes.logistic.path", "DEFAULT_CS"): ((13.0, 43.0, 47.0), ["3", "13", "47"]),
    ("probes.knn", "DEFAULT_KS"): ((19, 61, 67, 71, 73), ["5", "19", "73"]),
    ("probes.scores", "ECE_BINS"): (83, ["83"]),
    ("probes.scores", "SMALLEST_PROBABILITY"): (8.9e-07, ["8.9e-07", "13.93"]),
    ("probes.uncertainty.block_bootstrap", "STRETCH"): (97, ["97"]),
    ("probes.uncertainty.block_bootstrap", "FEWEST_BLOCKS"): (101, ["101"]),
    ("probes.uncertainty.block_bootstrap", "ENOUGH_BLOCKS"): (103, ["103"]),
    ("study.metrics.limits", "QUICK_FIT_WINDOWS"): (4133, ["4,133"]),
    ("study.metrics.limits", "QUICK_TUNE_WINDOWS"): (4139, ["4,139"]),
    ("study.metrics.limits", "QUICK_C"): (0.103, ["0.103"]),
    ("study.metrics.limits", "RESAMPLES"): (4153, ["4,153"]),
    ("study.metrics.limits", "LEVEL"): (0.77, ["77"]),
    ("study.metrics.limits", "CONFIDENCE"): (0.79, ["79"]),
    ("study.metrics.limits", "ALIKE"): (0.8887, ["0.8887"]),
    ("study.metrics.limits", "CHECKED_WINDOWS"): (4157, ["4,157"]),
    ("study.metrics.limits", "PLACES"): (7, ["7"]),
    ("study.metrics.limits", "SMALL"): (0.0107, ["0.0107"]),
}
DOORS = ("probes.logistic", "probes.separation", "probes.uncertainty")
TEXTS = (
    "study.metrics.definitions",
    "study.metrics.other_definitions",
    "study.metrics.separation_definitions",
    "study.metrics.lookup",
    "study.metrics.document",
)


def numbers(text):
    """Every number in a text, but for years of sources, names of metrics and digits within words."""
    text = re.sub(r"`[^`]*`", "", text)
    text = re.sub(r"\b(?:19|20)\d\d\b", "", text)
    text = re.sub(r"neural collapse 1", "", text)
    return set(re.findall(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])", text))


@pytest.fixture
def page(monkeypatch):
    """docs/metrics.md as it would be if every constant were another."""
    for (module, name), (value, _) in PATCHED.items():
        monkeypatch.setattr(import_module(module), name, value)
        for door in DOORS:
            if hasattr(import_module(door), name):
                monkeypatch.setattr(import_module(door), name, value)
    modules = [import_module(name) for name in TEXTS]
    kept = [dict(vars(module)) for module in modules]
    yield [reload(module) for module in modules][-1].document()
    # Not loaded again but put back, so that classes that others hold stay the same.
    for module, names in zip(modules, kept, strict=True):
        vars(module).update(names)


def test_every_number_follows_from_the_constant_behind_it(page):
    written = {number for _, expected in PATCHED.values() for number in expected}
    found = numbers(page)
    assert written <= found, f"no definition states {sorted(written - found)}"
    assert found - written <= OF_THE_FORMULAS, f"no constant is behind {sorted(found - written)}"


def test_every_limit_is_stated():
    stated = {name for module, name in PATCHED if module == "study.metrics.limits"}
    assert stated == {name for name in vars(limits) if name.isupper()}
