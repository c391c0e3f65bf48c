"""A registered model brought to this machine."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException

from study.display import without_secrets
from study.errors import StudyError
from study.stores import Patience, check_tracking
from timesnet.extractor import DESCRIPTION


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
    """Bring a registered or logged model here.

    Raises StudyError when it can't be found.
    """
    if model.startswith(("models:", "runs:")):
        check_tracking(Patience(print))
    try:
        uri = model
        if named := re.fullmatch(r"models:/([^/@]+)@([^/@]+)", model):
            version = mlflow.MlflowClient().get_model_version_by_alias(*named.groups()).version
            uri = f"models:/{named[1]}/{version}"
        folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri)) / "artifacts" / "extractor"
    except (MlflowException, OSError) as error:
        raise StudyError(
            f"model={model!r} can't be loaded: {without_secrets(' '.join(str(error).split()))[:300]}"
        ) from None
    description = folder / DESCRIPTION
    if not description.is_file():
        raise StudyError(f"model={model!r} holds no extractor of this project")
    # The description holds the digest of the weights.
    return FetchedModel(folder, uri, hashlib.sha256(description.read_bytes()).hexdigest()[:16])
