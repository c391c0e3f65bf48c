"""A study whose code has changed since its last trial: refused, or gone on with where a person says so."""

import mlflow

from benchmarks.fault_study import prepare_folder, study_arguments
from study.cli import main
from study.errors import StudyError
from study.lifecycle import open_study, run_study
from study.metrics import names

from .conftest import write_empty_store


def test_trials_of_two_codes_are_mixed_on_request_alone_and_the_report_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    write_empty_store(tmp_path)
    prepare_folder(tmp_path)

    def run(trials, *more):
        words = [*study_arguments("s"), "--workers", "1"]
        words[words.index("--trials") + 1] = str(trials)
        code, captured = main([*words, *more]), capsys.readouterr()
        return code, captured.out, [line for line in captured.err.splitlines() if line.startswith("error: ")]

    def enough(*_, **__):
        raise StudyError("enough")

    # The first call's trial is what matters, not how its study would have ended.
    with monkeypatch.context() as until:
        until.setattr(run_study, "conclude", enough)
        assert run(1)[2] == ["error: enough"]
    changed = open_study.code_digests() | {"probes": "another code"}
    monkeypatch.setattr(open_study, "code_digests", lambda: changed)
    client = mlflow.MlflowClient(uri)

    def trials():
        return client.search_runs(["1"], "tags.kind = 'trial'")

    code, _, errors = run(2)
    assert code == 2 and len(errors) == 1 and len(trials()) == 1
    assert "begun with other code (probes)" in errors[0] and "mixed=yes" in errors[0]

    code, said, errors = run(2, "--mixed", "yes", "--periods", "2", "--seeds", "2")
    assert (code, errors) == (0, []) and len(trials()) == 2
    mixed = "Its trials come of 2 versions of the code, from trial 1 on with other code (probes)"
    (study,) = client.search_runs(["1"], "tags.kind = 'study'")
    report = client.download_artifacts(study.info.run_id, "report/report.html")
    assert mixed in said and mixed in study.data.tags["mlflow.note.content"]
    with open(report, encoding="utf-8") as file:
        page = file.read()
    assert mixed in page
    # The winner's variant was trained again, with another seed and before each period, of which the first is all calm.
    ahead, agreement = (study.data.metrics[name] for name in (names.PERIODS_AHEAD, names.SEED_AGREEMENT))
    assert ahead in (0, 1) and -1 <= agreement <= 1
    told = (
        "Trained anew before each of 2 periods of time",
        f" in {ahead:.0f} of 1, ",
        "could not be scored: period 1: auc",
    )
    assert all(words in page for words in told) and "Trained under 2 seeds" in page
