"""What was packed comes back equal, on the one memory that holds its arrays."""

import tempfile

import numpy as np
import pytest

from study.engines.shared_arrays import as_writable, block, mapped, pack, write
from timesnet import large_arrays

VALUE = {
    "table": np.arange(12, dtype=np.float32).reshape(3, 4),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "empty": np.zeros((0, 5), dtype=np.int64),
    "bytes": np.arange(5, dtype=np.uint8),
    "name": "x",
}


def same(found):
    assert found.keys() == VALUE.keys() and found["name"] == "x"
    for key in ("table", "transposed", "empty", "bytes"):
        np.testing.assert_array_equal(found[key], VALUE[key])
        assert found[key].dtype == VALUE[key].dtype and found[key].flags.writeable


def test_through_a_file():
    packed, buffers = pack(VALUE)
    with tempfile.TemporaryFile() as file:
        write(file, packed, buffers)
        first, second = (packed.unpack(mapped(file.fileno())) for _ in range(2))
    same(first)
    first["table"][0, 0] = 7
    same(second)


def test_through_an_array_that_may_not_be_written():
    packed, buffers = pack(VALUE)
    memory = block(packed, buffers)
    memory.setflags(write=False)
    found = packed.unpack(as_writable(memory))
    same(found)
    assert np.shares_memory(found["table"], memory)


@pytest.mark.parametrize("value", ["no arrays", {"a": 1}])
def test_without_arrays(value):
    packed, buffers = pack(value)
    with tempfile.TemporaryFile() as file:
        write(file, packed, buffers)
        assert packed.unpack(mapped(file.fileno())) == value


def test_arrays_stay_out_of_the_skeleton():
    packed, _ = pack(np.zeros(1_000_000))
    assert len(packed.skeleton) < 1000


def test_an_array_in_a_file_stays_there_and_a_writer_changes_no_other_process(monkeypatch):
    monkeypatch.setattr(large_arrays, "LARGE", 1)
    table = large_arrays.large_array((1000, 3), np.float32)
    table[:] = np.arange(3000).reshape(1000, 3)
    value = {"table": table, "part": table[500:], "columns": table.T, "small": np.arange(5)}
    files = []
    packed, buffers = pack(value, files)
    assert len(files) == 1 and sum(buffer.nbytes for buffer in buffers) == value["small"].nbytes == 40
    with tempfile.TemporaryFile() as file:
        write(file, packed, buffers)
        found = packed.unpack(mapped(file.fileno()), mapped(files[0].fileno()))
    for key, array in value.items():
        np.testing.assert_array_equal(found[key], array)
    found["table"][0] = -1
    assert table[0, 2] == 2
    whole, every = pack(value)
    memory = block(whole, every)
    np.testing.assert_array_equal(whole.unpack(as_writable(memory))["part"], table[500:])
