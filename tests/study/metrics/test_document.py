"""What the metrics mean."""

import pytest

from study.metrics.document import document
from study.metrics.lookup import define, in_short


def test_definitions_have_formula_range_and_direction():
    for name in (
        "select_auc",
        "knn_select_log_loss",
        "by_depth/silhouette",
        "advantage_test_auc_low",
        "seconds_train",
    ):
        parts = define(name)
        assert all(part.meaning.endswith(".") and part.range and part.better for part in parts)
        assert in_short(name).better in ("higher", "lower", "neither")
    assert in_short("select_log_loss").better == "lower" and in_short("test_auc_high").better == "higher"
    with pytest.raises(KeyError):
        define("select_loveliness")


def test_the_document_is_what_the_definitions_say(request):
    path = request.config.rootpath / "docs" / "metrics.md"
    assert path.read_text(encoding="utf-8") == document(), (
        "python -m study.metrics.document > docs/metrics.md"
    )
