"""What an earlier call left of a study comes to MLflow before anything new does, and what is lost is said."""

import mlflow
import pytest
import requests

from study.errors import StoreFailed
from study.stores.retry import Retry
from study.tracking.client import Tracking
from study.tracking.journal import JOURNAL
from study.tracking.outbox import Outbox
from tests.end_to_end.conftest import write_empty_store


def test_a_damaged_journal_ends_the_call_once_what_is_whole_is_in_mlflow(tmp_path, monkeypatch):
    write_empty_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    folder = tmp_path / "outbox"
    first = Tracking("s", folder=folder, retry=Retry(print))
    first.finish()

    def away(write, again):
        raise requests.ConnectionError("no")

    left = Outbox(folder, where=first.where, deliver=away, retry=Retry(lambda line: None))
    for number in range(3):
        left.put(
            {
                "write": "batch",
                "run": first.run_id,
                "metrics": [],
                "params": [],
                "tags": [[f"tag{number}", "here"]],
            }
        )
    left.close(0)
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    (folder / JOURNAL).write_bytes(b"".join(line.replace(b"tag1", b"tag7") for line in lines))

    with pytest.raises(StoreFailed, match=r"was damaged.*set aside in .*missing in MLflow.*goes on without"):
        Tracking("s", folder=folder, retry=Retry(print))
    tags = mlflow.MlflowClient().get_run(first.run_id).data.tags
    assert [name for name in sorted(tags) if name.startswith("tag")] == ["tag0", "tag2"]
    Tracking("s", folder=folder, retry=Retry(print)).finish()
