"""What `make ui` prints before the server starts."""

import json

import mlflow

from study.metrics import names
from study.tracking.newest_study import newest_study, where_to_look

ADDRESS = "http://127.0.0.1:5000"


def test_the_newest_study_that_has_pages_is_named_with_the_report_first(tmp_path):
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    assert newest_study(client) is None
    assert where_to_look(None, ADDRESS) == [f"no finished study yet; open {ADDRESS}"]
    other = client.create_experiment("other")
    pages = {"leaderboard": "#/a", "report": "#/b"}
    for experiment, start, study, has_pages in (
        ("0", 1, "old", True),
        (other, 3, "new", True),
        ("0", 5, "now", False),
    ):
        tags = {names.KIND: names.STUDY_RUN, names.STUDY: study, names.BANNER: f"{study} won"}
        tags |= {names.PAGES: json.dumps(pages)} if has_pages else {}
        client.create_run(experiment, start_time=start, tags=tags)
    lines = where_to_look(newest_study(client), ADDRESS)
    assert lines[:2] == ["newest study: new", "  new won"]
    assert lines[2].split() == ["report", f"{ADDRESS}/#/b"] and lines[3].split()[0] == "leaderboard"
    report = tmp_path / "run" / names.REPORT
    report.parent.mkdir(parents=True)
    report.write_text("")
    run = client.create_run(other, start_time=9, tags=tags | {names.PAGES: json.dumps(pages)})
    run = client.get_run(run.info.run_id)
    run.info._artifact_uri = report.parents[1].as_uri()
    lines = where_to_look(run, ADDRESS)
    assert lines[3].split() == ["report", "alone", report.as_uri()] and lines[4].split()[0] == "leaderboard"
