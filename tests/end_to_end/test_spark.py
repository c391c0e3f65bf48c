"""The registered model inside Spark: spark_udf over array columns, applyInPandas over symbols."""

import importlib.util
import os
import shutil
import sys

import mlflow
import numpy as np
import pandas as pd
import pytest

from timesnet import read_candles

MODEL = "models:/timesnet-embedder@champion"
NUMBERS = ["open", "high", "low", "close", "volume"]
SEQ_LEN, BEFORE = 48, 2

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed: the extra spark"
    ),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java on this machine"),
]


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def candles():
    """Two symbols of sixty candles."""
    frame = read_candles("btc-15min")[0].frame.drop(columns="symbol")
    first = frame.iloc[-60:].assign(symbol="A")
    return pd.concat([first, frame.iloc[-200:-140].assign(symbol="B")], ignore_index=True)


@pytest.fixture(scope="module")
def embedded(finished, candles):
    """What the model itself answers."""
    project, _ = finished
    mlflow.set_tracking_uri(project.uri)
    return mlflow.pyfunc.load_model(MODEL).predict(candles)


def test_spark_udf_over_array_columns(spark, finished, candles, embedded):
    from pyspark.sql import Window
    from pyspark.sql.functions import col, collect_list, size, struct

    names = ["date", *NUMBERS]
    table = spark.createDataFrame(candles.assign(date=candles["date"].dt.tz_localize(None)))
    window = Window.partitionBy("symbol").orderBy("date").rowsBetween(1 - SEQ_LEN - BEFORE, 0)
    rows = table.select(
        "symbol",
        col("date").alias("end"),
        *(collect_list(name).over(window).alias(name) for name in names),
    )
    rows = rows.where(size("date") == SEQ_LEN + BEFORE)
    udf = mlflow.pyfunc.spark_udf(spark, MODEL, result_type="array<float>", env_manager="local")
    answer = rows.select("symbol", "end", udf(struct(*names)).alias("embedding")).toPandas()
    answer = answer.sort_values(["symbol", "end"])
    assert answer["symbol"].tolist() == embedded["symbol"].tolist()
    assert answer["end"].tolist() == embedded["date"].dt.tz_localize(None).tolist()
    found = np.stack(answer["embedding"].tolist())
    np.testing.assert_allclose(found, embedded.filter(like="emb_"), rtol=1e-4, atol=1e-5)


def test_apply_in_pandas_over_symbols(spark, finished, candles, embedded):
    uri = mlflow.get_tracking_uri()

    def embed(frame):
        mlflow.set_tracking_uri(uri)
        return mlflow.pyfunc.load_model(MODEL).predict(frame)

    vector = [name for name in embedded.columns if name.startswith("emb_")]
    schema = "date timestamp, symbol string, " + ", ".join(f"{name} float" for name in vector)
    table = spark.createDataFrame(candles.assign(date=candles["date"].dt.tz_localize(None)))
    answer = table.groupBy("symbol").applyInPandas(embed, schema).toPandas()
    answer = answer.sort_values(["symbol", "date"], ignore_index=True)
    assert answer["symbol"].tolist() == embedded["symbol"].tolist()
    assert answer["date"].tolist() == embedded["date"].dt.tz_localize(None).tolist()
    np.testing.assert_allclose(answer[vector], embedded[vector], rtol=1e-4, atol=1e-5)
