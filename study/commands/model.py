"""A registered model brought to this machine."""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import mlflow

from study.display import without_secrets
from study.errors import StudyError
from study.stores import Retry, check_tracking, mend_addresses
from timesnet.extractor import DESCRIPTION, notes


@dataclass(frozen=True)
class FetchedModel:
    """A model's extractor on this machine.

    Attributes:
        folder: what `load_extractor` reads.
        uri: the model by its version, whatever alias it was asked for by.
        digest: SHA-256 of weights, layer, scaler and features, 16 hex digits.
    """

    folder: Path
    uri: str
    digest: str


def fetch_model(model: str) -> FetchedModel:
    """Bring a registered or logged model here, and print what whoever uses it has to know first.

    Raises StudyError when it can't be found.
    """
    scheme = urlsplit(model).scheme if "://" in model else model.partition(":")[0]
    if scheme in ("http", "https"):
        raise StudyError(
            f"model={without_secrets(model)!r}: a page of a server is no model; give models:/NAME@ALIAS, "
            "models:/NAME/VERSION or runs:/ID/PATH and set MLFLOW_TRACKING_URI to the server"
        )
    if scheme in ("models", "runs"):
        check_tracking(Retry(print))
        mend_addresses(print)
    try:
        uri = model
        if named := re.fullmatch(r"models:/([^/@]+)@([^/@]+)", model):
            version = mlflow.MlflowClient().get_model_version_by_alias(*named.groups()).version
            uri = f"models:/{named[1]}/{version}"
        folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri)) / "artifacts" / "extractor"
    except Exception as error:  # each kind of store raises its own
        raise StudyError(
            f"model={model!r} can't be loaded: {without_secrets(' '.join(str(error).split()))[:300]}"
        ) from None
    description = folder / DESCRIPTION
    if not description.is_file():
        raise StudyError(f"model={model!r} holds no extractor of this project")
    with suppress(
        ValueError, LookupError, TypeError, AttributeError
    ):  # what is wrong with it, loading it says
        for note in notes(json.loads(description.read_bytes())["provenance"]):
            print(note)
    # The description holds the digest of the weights.
    return FetchedModel(folder, uri, hashlib.sha256(description.read_bytes()).hexdigest()[:16])
