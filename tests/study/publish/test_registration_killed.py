"""A registration that is killed anywhere, or whose answers are lost, ends with one version and one champion."""

import json
import os
import textwrap

import mlflow
import pytest

from tests.forked import Forked

MOMENTS = (
    "nothing",
    "log_model",
    "create_registered_model",
    "create_model_version",
    "set_model_version_tag",
    "alias",
)
# Runs in a process of its own, which forks one to be killed for every moment.
SCRIPT = """
    import io, json, os, signal, sys
    import mlflow, mlflow.pyfunc, numpy as np, requests
    from mlflow import MlflowClient
    from study.stores.retry import Retry
    from study.publish.registry import register
    from timesnet import Extractor, Scaler, TimesNet, TimesNetConfig

    def extractor():
        config = TimesNetConfig(
            task_name="classification", seq_len=12, num_class=2, enc_in=3, c_out=3, d_model=4, d_ff=4, e_layers=1,
            top_k=1, num_kernels=1, freq="h",
        )
        model = TimesNet(config)
        model.set_frozen_frequencies([(1,)])
        model.period_selection = "frozen"
        values = np.arange(60.0).reshape(20, 3)
        return Extractor(
            model, "model.0", "mean", scaler=Scaler.fit(values, np.arange(20)), features=("x", "y", "z"), seq_len=12,
            freq="h", interval_seconds=None,
        )

    def start(name):
        client = MlflowClient()
        run = client.create_run("0", tags={"study": name})
        tags = {
            "study": name, "candidate": "c", "checkpoint_digest": "d", "data_digest": "e", "label": "l",
            "metric": "auc", "corrected_score": 0.6,
        }
        say = io.StringIO().write
        retry = Retry(lambda line: None)
        with retry.alone():
            register(
                extractor(), model_name=name, run_id=run.info.run_id, tags=tags, description="", params={}, say=say,
                ask=lambda request: retry.call(request, "MLflow"),
            )

    def places():
        yield "log_model", mlflow.pyfunc, "log_model"
        for name in ("create_registered_model", "create_model_version", "set_model_version_tag"):
            yield name, MlflowClient, name
        yield "alias", MlflowClient, "set_registered_model_alias"

    def after(owner, name, do):
        original = getattr(owner, name)
        def call(*args, **kwargs):
            answer = original(*args, **kwargs)
            do(name)
            return answer
        setattr(owner, name, call)

    for moment in json.loads(sys.argv[1]):
        child = os.fork()
        if child == 0:
            if moment == "nothing":
                os.kill(os.getpid(), signal.SIGKILL)
            for place, owner, name in places():
                if place == moment:
                    after(owner, name, lambda _: os.kill(os.getpid(), signal.SIGKILL))
            start(f"killed at {moment}")
            os._exit(1)
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (moment, status)

    for moment in json.loads(sys.argv[1]):
        start(f"killed at {moment}")
        start(f"killed at {moment}")

    lost = set()
    def lose(name):
        if name not in lost:
            lost.add(name)
            raise requests.ConnectionError("the answer was lost")
    for _, owner, name in places():
        after(owner, name, lose)
    start("answers lost")
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    # The store's artifacts go where it is made.
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        mlflow.MlflowClient(tracking_uri=uri).search_experiments()
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri}
    script = Forked(textwrap.dedent(SCRIPT), json.dumps(MOMENTS), cwd=folder, env=environment)
    said, _ = script.communicate()
    assert script.returncode == 0, said
    return mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)


@pytest.mark.parametrize("name", [*(f"killed at {moment}" for moment in MOMENTS), "answers lost"])
def test_one_version_one_champion_and_one_model_are_left(client, name):
    (version,) = client.search_model_versions(f"name = '{name}'")
    assert client.get_registered_model(name).aliases == {"champion": version.version}
    (model,) = client.search_logged_models(["0"], f"tags.study = '{name}'")
    assert version.source == f"models:/{model.model_id}"
    assert model.status.name == "READY"
