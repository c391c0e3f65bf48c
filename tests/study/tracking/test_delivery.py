"""Writes to MLflow: how many requests they take and which of two runs stays."""

from types import SimpleNamespace

import pytest

from study.tracking.delivery import MOST_ENTRIES, Delivery


class Client:
    """Keeps the batches that it is asked to log."""

    def __init__(self):
        self.batches = []

    def log_batch(self, run_id, metrics=(), params=(), tags=()):
        assert run_id == "a run"
        self.batches.append((list(metrics), list(params), list(tags)))


@pytest.mark.parametrize("points", [0, 1, 997, 998, 1997, 1998, 1999, 3500])
def test_a_batch_of_any_size_is_delivered_whole_and_in_order(tmp_path, points):
    client = Client()
    write = {
        "write": "batch",
        "run": "a run",
        "metrics": [["loss", step / 7, 1, step] for step in range(points)],
        "params": [["depth", "2"]],
        "tags": [["kind", "trial"], ["note", "long"]],
    }
    Delivery(client, experiment_id="1", files=tmp_path)(write, again=False)
    assert all(sum(map(len, batch)) <= MOST_ENTRIES for batch in client.batches)
    steps = [metric.step for metrics, _, _ in client.batches for metric in metrics]
    assert steps == list(range(points))
    assert [param.key for _, params, _ in client.batches for param in params] == ["depth"]
    assert [tag.key for _, _, tags in client.batches for tag in tags] == ["kind", "note"]
    assert len(client.batches) == max(1, -(-(points + 3) // MOST_ENTRIES))


def run(run_id, key, params=()):
    tags = {"run_key": key} if key else {}
    return SimpleNamespace(
        info=SimpleNamespace(run_id=run_id),
        data=SimpleNamespace(tags=tags, params=dict.fromkeys(params, "1")),
    )


def test_of_runs_with_one_key_the_one_that_was_written_to_stays(tmp_path):
    delivery = Delivery(None, experiment_id="1", files=tmp_path)
    delivery.ids["key-known"] = "second"
    runs = [
        run("first", "key-known", ["depth", "width"]),
        run("second", "key-known"),
        run("empty", "key-unknown"),
        run("full", "key-unknown", ["depth"]),
        run("alone", "key-alone"),
        run("by hand", None),
    ]
    assert {one.info.run_id for one in delivery.doubles(runs)} == {"first", "empty"}
