"""A picture for each layer of the winner's network."""

import numpy as np

from study.display import CLASSES
from study.report.map import HEAD, SIZE, layer_pictures
from study.report.sample import take_sample


def test_every_layer_of_the_winners_network_has_a_picture_and_twins_show_the_same_points(conclusion):
    pictures = layer_pictures(conclusion, take_sample(conclusion))
    record = conclusion.records[conclusion.outcome.trial]
    assert set(pictures) == {info.name for info in record.layers}
    points = {name: np.asarray(picture)[HEAD:] for name, picture in pictures.items()}
    twins = [(info.name, info.same_as) for info in record.layers if info.same_as]
    assert twins and all((points[name] == points[first]).all() for name, first in twins)
    assert len({one.tobytes() for one in points.values()}) > len(points) // 2
    colours = [tuple(bytes.fromhex(colour[1:])) for colour in CLASSES[: conclusion.data.n_classes]]
    assert {picture.size for picture in pictures.values()} == {(SIZE, SIZE + HEAD)}
    # Some of each class, in its colour.
    flat = points[conclusion.outcome.winner.layer].reshape(-1, 3).astype(int)
    assert all((np.abs(flat - colour).max(axis=1) < 30).sum() > 20 for colour in colours)
