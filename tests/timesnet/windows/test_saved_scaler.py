"""A scaler from a file is the one that was saved, or one line says what the file lacks."""

import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file
from sklearn.preprocessing import StandardScaler

from timesnet.errors import DataError
from timesnet.windows import Scaler, doubt_of, read_scaler

COLUMNS = ("open", "volume", "return")
VALUES = np.random.default_rng(0).normal([100, 5, 0], [3, 2, 0.01], (400, 3))


@pytest.fixture
def saved(tmp_path):
    """Writes a mapping in a form, by the name of the file."""

    def write(name, held):
        path = tmp_path / name
        if path.suffix == ".json":
            plain = {
                key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in held.items()
            }
            path.write_text(json.dumps(plain))
        elif path.suffix == ".npz":
            np.savez(path, **held)
        else:
            save_file(held, path)
        return path

    return write


@pytest.mark.parametrize("name", ["scaler.json", "scaler.npz", "scaler.safetensors"])
@pytest.mark.parametrize("end", ["", "_"])
def test_every_form_scales_as_scikit_learn_s(saved, name, end):
    fitted = StandardScaler().fit(VALUES)
    path = saved(name, {f"mean{end}": fitted.mean_, f"scale{end}": fitted.scale_})
    scaler = read_scaler(path, COLUMNS)
    np.testing.assert_allclose(scaler.transform(VALUES), fitted.transform(VALUES), rtol=1e-5, atol=1e-6)
    assert doubt_of(scaler, VALUES, COLUMNS) == ""


@pytest.mark.parametrize("name", ["scaler.json", "scaler.npz"])
def test_columns_in_another_order_are_put_in_ours(saved, name):
    order = [2, 0, 1]
    names = [COLUMNS[place] for place in order]
    path = saved(name, {"columns": names, "mean": VALUES.mean(0)[order], "scale": VALUES.std(0)[order]})
    np.testing.assert_array_equal(read_scaler(path, COLUMNS).mean, VALUES.mean(0))
    with pytest.raises(
        DataError, match="is of the columns return, open, volume; the inputs are open, volume, x"
    ):
        read_scaler(path, ("open", "volume", "x"))


def test_a_scaler_of_another_order_is_doubted():
    wrong = Scaler(VALUES.mean(0)[[1, 0, 2]], VALUES.std(0)[[1, 0, 2]])
    assert "column 'open' lies around" in doubt_of(wrong, VALUES, COLUMNS)


@pytest.mark.parametrize(
    ("name", "held", "message"),
    [
        ("s.json", {"mean": [1, 2, 3]}, "no 'scale' in it, there is mean; write it in Python"),
        (
            "s.json",
            {"mean": [1, 2], "scale": [1, 2]},
            "mean of 2 and scale of 2 numbers; the network has 3 inputs",
        ),
        ("s.json", {"mean": [1, 2, 3], "scale": [1, 0, 3]}, "column 'volume' has mean 2 and scale 0"),
        ("s.json", {"mean": [1, 2, float("nan")], "scale": [1, 1, 3]}, "column 'return' has mean nan"),
        ("s.json", {"mean": [1, "x", 3], "scale": [1, 1, 3]}, "'mean' holds something that is no number"),
        ("s.npz", {"mean": np.ones((3, 1)), "scale": np.ones(3)}, r"'mean' has shape \(3, 1\)"),
        ("s.npz", {"mean": np.array([1, None, 3], dtype=object), "scale": np.ones(3)}, "of plain numbers"),
    ],
)
def test_what_is_no_scaler_of_these_columns_is_one_line(saved, name, held, message):
    with pytest.raises(DataError, match=message) as refused:
        read_scaler(saved(name, held), COLUMNS)
    assert "\n" not in str(refused.value) and "allow_pickle" not in str(refused.value)


def test_a_pickle_is_never_read(tmp_path):
    (tmp_path / "scaler.pkl").write_bytes(pickle.dumps(StandardScaler().fit(VALUES)))
    with pytest.raises(DataError, match=r"a pickle would run code .* numpy\.savez"):
        read_scaler(tmp_path / "scaler.pkl", COLUMNS)
    (tmp_path / "list.json").write_text("[1, 2]")
    with pytest.raises(DataError, match="holds a list"):
        read_scaler(tmp_path / "list.json", COLUMNS)
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match="of plain numbers"):
        read_scaler(tmp_path / "cut.npz", COLUMNS)
    with pytest.raises(DataError, match="no such file"):
        read_scaler(tmp_path / "none.npz", COLUMNS)
