"""Requests to the served model are answered rightly or with status 400, whatever they hold."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import mlflow
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import scoring_server

from tests.timesnet.candle_factory import candle_frame
from timesnet.extractor.extractor import Extractor
from timesnet.extractor.files import save_extractor
from timesnet.extractor.mlflow_parts import pyfunc_parts
from timesnet.network.config import TimesNetConfig
from timesnet.network.model import TimesNet
from timesnet.windows.scaler import Scaler

JSON = "application/json"
CANDLES = candle_frame(40, zero_volumes=0).astype({"date": str})
RECORDS = CANDLES.to_dict(orient="records")
FORMATS = ("dataframe_records", "dataframe_split", "instances", "inputs")
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["1,234.5", "2021-09-27", "-", "1e999", "<script>"]),
)
ANYTHING = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """(the logged model as a server holds it, the extractor inside)."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = TimesNet(
            TimesNetConfig(
                task_name="anomaly_detection",
                seq_len=16,
                enc_in=12,
                c_out=12,
                d_model=4,
                d_ff=4,
                top_k=2,
                num_kernels=2,
                freq="t",
            )
        )
    model.set_frozen_frequencies([(1, 2), (2, 3)])
    model.period_selection = "frozen"
    scaler = Scaler(np.zeros(12), np.full(12, 0.01))
    extractor = Extractor(
        model, "model.1", "mean", scaler=scaler, seq_len=16, freq="t", interval_seconds=900, provenance={}
    )
    folder = tmp_path_factory.mktemp("served")
    parts = pyfunc_parts(save_extractor(extractor, folder / "extractor"), folder / "code")
    mlflow.pyfunc.save_model(path=folder / "model", **parts)
    return mlflow.pyfunc.load_model(str(folder / "model")), extractor


def answer(served, body, content_type=JSON):
    """(status, predictions or message) as MLflow's server answers."""
    body = body if isinstance(body, str | bytes) else json.dumps(body)
    try:
        found = scoring_server.invocations(body, content_type, served[0], None)
    except MlflowException as error:
        return error.get_http_status_code(), error.message
    if found.status != 200:
        return found.status, found.response
    return 200, json.loads(found.response, parse_constant=lambda word: pytest.fail(f"{word} in an answer"))


def require_right(served, status, said, candles):
    """A 200 holds the extractor's own embeddings of the candles; everything else is a 400."""
    assert status in (200, 400), said
    if status == 200:
        expected = served[1].embed_candles(candles)
        found = pd.DataFrame(said["predictions"]).filter(like="emb_").to_numpy(dtype=np.float64)
        np.testing.assert_allclose(found, expected.filter(like="emb_").to_numpy(), rtol=1e-4, atol=1e-5)


def test_a_refusal_is_the_reason_alone(served):
    """MLflow's server would put the whole table before it."""
    body = {"dataframe_records": [{k: v for k, v in record.items() if k != "close"} for record in RECORDS]}
    status, said = answer(served, body)
    assert status == 400 and "close" in said
    assert "\n" not in said and "Failed to predict data" not in said and RECORDS[0]["date"] not in said
    with pytest.raises(MlflowException) as refused:
        scoring_server.invocations(json.dumps(body), JSON, served[0], None)
    assert json.loads(refused.value.serialize_as_json())["message"] == said


@settings(max_examples=150, deadline=None)
@given(body=ANYTHING, key=st.sampled_from(FORMATS), params=st.one_of(st.none(), ANYTHING))
def test_made_up_bodies_are_refused(served, body, key, params):
    assert answer(served, {key: body, "params": params})[0] == 400
    assert answer(served, body)[0] == 400


@settings(max_examples=100, deadline=None)
@given(
    cells=st.lists(
        st.tuples(st.integers(0, 39), st.sampled_from([*RECORDS[0], "symbol", "Close"]), VALUES), max_size=4
    ),
    dropped=st.sets(st.integers(0, 39), max_size=3),
    split=st.booleans(),
)
def test_damaged_candles_are_embedded_rightly_or_refused(served, cells, dropped, split):
    records = [dict(record) for record in RECORDS]
    for row, column, value in cells:
        records[row][column] = value
    records = [record for row, record in enumerate(records) if row not in dropped]
    frame = pd.DataFrame(records)
    body = (
        {"dataframe_split": {"columns": list(frame), "data": frame.to_numpy(dtype=object).tolist()}}
        if split
        else {"dataframe_records": records}
    )
    status, said = answer(served, body)
    require_right(served, status, said, frame if status == 200 else None)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 2000), length=st.integers(0, 30), piece=st.text(max_size=5))
def test_damaged_csv_is_embedded_rightly_or_refused(served, place, length, piece):
    text = CANDLES.to_csv(index=False)
    text = text[:place] + piece + text[place + length :]
    status, said = answer(served, text, "text/csv")
    require_right(served, status, said, pd.read_csv(StringIO(text)) if status == 200 else None)


@pytest.mark.parametrize("value", [None, True, 1.5, "x", [1], 0, -1, 10**30])
@pytest.mark.parametrize("name", ["stride", "batch_size"])
def test_wrong_parameters_are_named(served, name, value):
    with pytest.raises(MlflowException, match=name) as refused:
        served[0].predict(CANDLES, params={name: value})
    assert refused.value.get_http_status_code() == 400


def test_a_true_is_not_a_price(served):
    records = [{**RECORDS[0], "low": True}, *RECORDS[1:]]
    status, said = answer(served, {"dataframe_records": records})
    assert status == 400 and "'True' is not a number" in said


def test_a_server_bounds_its_answer(served, monkeypatch):
    rows = 600_000
    close = np.full(rows, 100.0)
    dates = pd.date_range("2000-01-01", periods=rows, freq="15min", tz="UTC")
    frame = pd.DataFrame(
        {"date": dates} | {name: close for name in ("open", "high", "low", "close", "volume")}
    )
    monkeypatch.setenv("_MLFLOW_IS_IN_SERVING_ENVIRONMENT", "true")
    with pytest.raises(MlflowException, match="send at most 500,000 candles a request") as refused:
        served[0].predict(frame)
    assert refused.value.get_http_status_code() == 400
    assert len(served[0].predict(frame, params={"stride": 60_000})) == 10


def test_fifty_clients_at_once_each_get_their_own_answer(served):
    def ask(number):
        start = number % 15
        part = CANDLES.iloc[start : start + 25].reset_index(drop=True)
        if number % 5 == 0:
            return answer(served, {"dataframe_records": part.head(5).to_dict(orient="records")}), None
        return answer(served, {"dataframe_records": part.to_dict(orient="records")}), part

    with ThreadPoolExecutor(50) as clients:
        for (status, said), part in clients.map(ask, range(150)):
            assert status == (400 if part is None else 200), said
            require_right(served, status, said, part)
