"""Writing saved views into an experiment's tags, where MLflow's UI finds them."""

import base64
import hashlib
import json
import time
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from study.publish.views import View
from study.tracking import Tracking, view_page

PREFIX = "mlflow.sharedViewState."
OURS = "layer-study-"
# MLflow lets no person save a view once an experiment has 40; the difference is theirs.
MOST_VIEWS = 35


def save_views(tracking: Tracking, views: Iterable[View]) -> dict[str, str]:
    """Write the views of a study and return the page of each by key; writing them again replaces them.

    The oldest views of other studies make room where the experiment holds too many. The format is MLflow's own
    and undocumented: a version that ignores it loses nothing else.
    """
    views = list(views)
    now = int(time.time() * 1000)
    pages = {}
    for place, view in enumerate(views):
        name = view_id(tracking.study, view.key)
        # The menu lists the newest first.
        tracking.tag_experiment(PREFIX + name, encode(view, now - place))
        pages[view.key] = view_page(tracking.experiment_id, name, view.mode)
    written = {PREFIX + view_id(tracking.study, view.key) for view in views}
    for key in surplus(tracking.experiment_tags(), written):
        tracking.untag_experiment(key)
    return pages


def view_id(study: str, key: str) -> str:
    """The same for the same study, whenever it is written."""
    return f"{OURS}{hashlib.sha256(study.encode()).hexdigest()[:12]}-{key}"


def encode(view: View, at: int) -> str:
    """The tag's value: an envelope around the deflated state; `at` in milliseconds since 1970."""
    text = json.dumps(view.state, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return json.dumps({"name": view.title, "createdAt": at, "updatedAt": at, "state": f"deflate;{packed}"})


def decode(value: str) -> dict[str, Any]:
    """The envelope of a tag with its state unpacked."""
    envelope: dict[str, Any] = json.loads(value)
    packed = envelope["state"].removeprefix("deflate;")
    envelope["state"] = json.loads(zlib.decompress(base64.b64decode(packed)))
    return envelope


def surplus(tags: Mapping[str, str], keep: set[str]) -> list[str]:
    """Keys of our oldest views that must go for the experiment to hold at most MOST_VIEWS; never one of `keep`."""
    present = [key for key in tags if key.startswith(PREFIX)]
    ours = [key for key in present if key.startswith(PREFIX + OURS) and key not in keep]
    ours.sort(key=lambda key: _updated(tags[key]))
    return ours[: max(0, len(present) - MOST_VIEWS)]


def _updated(value: str) -> float:
    try:
        return float(json.loads(value)["updatedAt"])
    except (ValueError, KeyError, TypeError):
        return 0.0
