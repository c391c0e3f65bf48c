"""Windows with ready-made labels, from the file to the splits of a study."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from study.configuration import StudyConfiguration, is_labelled
from study.data.archive_files import read_series
from study.data.archives import bundled_sets
from study.data.from_windows import _class_names
from study.data.prepare import prepare
from study.data.splits import SPLIT_NAMES
from study.data.ts_files import read_ts
from study.errors import StudyError
from study.search.space import read_space

HEADER = "#made up\n@problemName Made\n@timeStamps false\n@classLabel true\n@data\n"
DECLARED = "@univariate true\n@equalLength true\n@seriesLength 4\n@classLabel true a b\n@data\n"
needs_aeon = pytest.mark.skipif(
    importlib.util.find_spec("aeon") is None, reason="aeon is not installed: pip install --no-deps aeon"
)


def line(values, label):
    """A series (length, channels) as a line of a .ts file."""
    return ":".join([*(",".join(map(str, channel)) for channel in values.T), label])


def write_set(folder, train, test, header=HEADER):
    """X_TRAIN.ts with X_TEST.ts of lists of (values, label); returns the path of the first."""
    for name, part in (("TRAIN", train), ("TEST", test)):
        text = "\n".join(line(values, label) for values, label in part)
        (folder / f"X_{name}.ts").write_text(header + text + "\n")
    return str(folder / "X_TRAIN.ts")


def made_up(n, seed, lengths=(12, 12), channels=2, classes="ab"):
    generator = np.random.default_rng(seed)
    return [
        (
            generator.normal(size=(int(generator.integers(lengths[0], lengths[1] + 1)), channels)).round(3),
            classes[i % len(classes)],
        )
        for i in range(n)
    ]


@pytest.fixture
def data(tmp_path):
    train, test = made_up(40, 0), made_up(30, 1)
    return train, test, prepare(StudyConfiguration(data=write_set(tmp_path, train, test), seed=3))


def test_windows_and_classes_are_those_of_the_files(data):
    train, test, prepared = data
    given = np.stack([values for values, _ in train + test])
    np.testing.assert_array_equal(prepared.source.model_input(np.arange(70)), given.astype(np.float32))
    assert prepared.labels.tolist() == ["ab".index(label) for _, label in train + test]
    scaled = prepared.windows.batch(np.arange(70))[0].numpy()
    np.testing.assert_allclose(scaled, prepared.scaler.transform(given), rtol=1e-5, atol=1e-6)
    fitted = prepared.windows.batch(prepared.splits.fit)[0].numpy().reshape(-1, 2)
    np.testing.assert_allclose(fitted.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(fitted.std(axis=0), 1, atol=1e-6)


def test_the_given_test_part_is_test_and_the_rest_is_divided_class_by_class(data):
    prepared = data[2]
    rows = prepared.split_rows
    assert rows["test"].tolist() == list(range(40, 70))
    drawn = np.concatenate([rows[name] for name in ("fit", "tune", "select")])
    assert sorted(drawn.tolist()) == list(range(40))
    assert [len(rows[name]) for name in SPLIT_NAMES] == [20, 8, 12, 30]
    for name in ("fit", "tune", "select"):
        assert prepared.class_shares(name) == [0.5, 0.5]
    assert prepared.source.overlap == 1 and prepared.splits.to_dict()["fit"] == {"windows": 20}


def test_the_seed_alone_decides_on_the_division(tmp_path):
    path = write_set(tmp_path, made_up(40, 0), made_up(30, 1))
    first, again, other = (prepare(StudyConfiguration(data=path, seed=seed)) for seed in (0, 0, 1))
    assert first.splits.select.tolist() == again.splits.select.tolist() != other.splits.select.tolist()
    assert first.digest == again.digest == other.digest


@pytest.mark.parametrize("counts", [(4, 4), (5, 9), (7, 40), (31, 4)])
def test_small_classes_are_in_every_split(tmp_path, counts):
    train = [
        pair for count, name in zip(counts, "ab", strict=True) for pair in made_up(count, 0, classes=name)
    ]
    prepared = prepare(StudyConfiguration(data=write_set(tmp_path, train, made_up(6, 1))))
    for name, fewest in (("fit", 1), ("tune", 1), ("select", 2)):
        assert np.bincount(prepared.labels[prepared.split_rows[name]], minlength=2).min() >= fewest


def test_series_of_unequal_length_are_held_and_cut_and_counted(tmp_path):
    train, test = made_up(20, 0, (6, 10)), [*made_up(5, 1, (8, 8)), *made_up(5, 2, (15, 15))]
    prepared = prepare(StudyConfiguration(data=write_set(tmp_path, train, test)))
    longest = max(len(values) for values, _ in train)
    assert prepared.windows.seq_len == longest
    quality = prepared.quality.to_dict()
    lengths = [len(values) for values, _ in train + test]
    assert quality["held"] == sum(length < longest for length in lengths) and quality["cut"] == 5
    window = prepared.source.model_input(np.array([20]))[0]
    np.testing.assert_array_equal(window[7:], np.repeat(window[7:8], longest - 7, axis=0))
    assert "repeat their last value" in prepared.quality.summary()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2,3,4:a\n", ["no @data"]),
        (HEADER, ["no series"]),
        (HEADER.replace("@timeStamps false", "@timeStamps true") + "1,2,3,4:a\n", ["time stamps"]),
        (HEADER.replace("@classLabel true", "@targetLabel true") + "1,2,3,4:0.5\n", ["no classes"]),
        (HEADER + "?,?:a\n", ["line 6", "holds no value"]),
        (HEADER + "1,2,x,4:a\n", ["line 6", "no number"]),
        (HEADER + "1,2,inf,4:a\n", ["line 6", "not finite"]),
        (HEADER + "1,2,3,4:1,2,3:a\n", ["line 6", "lengths 4, 3"]),
        (HEADER + "1,2,3,4:a\n1,2:3,4:b\n", ["line 7", "2 channels"]),
        (HEADER + "1,2,3,4\n", ["line 6", "a class"]),
        (HEADER + "1,2,3,4:1,2,3,4\n", ["line 6", "no class at the end of the line"]),
        (DECLARED + "1,2,3,4:a\n1,2,3,4:c\n", ["line 7", "class 'c' is none of those", "a b"]),
        (DECLARED + "1,2,3,4:1,2,3,4:a\n", ["line 6", "2 channels, the header says 1"]),
        (DECLARED + "1,5,2,5,3,5,4,5:a\n", ["line 6", "8 values, the header says 4", "no decimal sign"]),
        (
            DECLARED.replace("univariate true", "dimensions 3") + "1,2,3,4:a\n",
            ["line 6", "the header says 3"],
        ),
    ],
)
def test_a_damaged_file_is_one_line_with_its_place(tmp_path, text, words):
    path = tmp_path / "X_TRAIN.ts"
    path.write_text(text)
    with pytest.raises(StudyError) as raised:
        read_ts(path)
    assert "\n" not in str(raised.value)
    for word in ["X_TRAIN.ts", *words]:
        assert word in str(raised.value)


def test_a_class_may_be_spelt_otherwise_than_in_the_header(tmp_path):
    path = tmp_path / "X_TRAIN.ts"
    path.write_text("@classLabel true 1 2 Long Walk\n@data\n1,2:1.0\n1,2:long walk\n")
    assert read_ts(path).labels == ("1.0", "long walk")


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        (made_up(40, 0)[:7], made_up(8, 1), ["class 'b'", "4"]),
        (made_up(40, 0, classes="a"), made_up(8, 1, classes="a"), ["class 'a'", "two classes"]),
        (made_up(40, 0), made_up(9, 1, classes="abc"), ["class 'c'", "test part"]),
        (made_up(40, 0), made_up(9, 1, classes="b"), ["test part"]),
        (made_up(40, 0), made_up(9, 1, channels=3), ["2 channels", "3"]),
        (made_up(40, 0, (3, 3)), made_up(9, 1), ["3 steps"]),
    ],
)
def test_parts_that_cannot_serve_are_one_line(tmp_path, train, test, words):
    with pytest.raises(StudyError) as raised:
        prepare(StudyConfiguration(data=write_set(tmp_path, train, test)))
    assert "\n" not in str(raised.value)
    for word in words:
        assert word in str(raised.value)


def test_paths_name_what_is_missing(tmp_path):
    path = write_set(tmp_path, made_up(8, 0), made_up(8, 1))
    for wrong, words in (
        (path.replace("_TRAIN", "_TEST"), ["X_TRAIN.ts"]),
        (path.replace("X_", "Y_"), ["no such file", "Y_TRAIN.ts"]),
    ):
        with pytest.raises(StudyError) as raised:
            prepare(StudyConfiguration(data=wrong))
        assert all(word in str(raised.value) for word in words)


def test_a_missing_aeon_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StudyError, match="pip install --no-deps aeon"):
        prepare(StudyConfiguration(data="uea:GunPoint"))


@needs_aeon
def test_the_sets_inside_aeon_are_found_and_read():
    names = bundled_sets()
    assert {"JapaneseVowels", "GunPoint", "BasicMotions"} <= set(names) and "CardanoSentiment" not in names
    prepared = prepare(StudyConfiguration(data="uea:JapaneseVowels"))
    assert len(prepared.features) == 12 and prepared.n_classes == 9 and prepared.windows.seq_len == 26
    assert (prepared.quality.to_dict()["train"], len(prepared.splits.test)) == (270, 370)
    with pytest.raises(StudyError, match="did you mean 'GunPoint'"):
        prepare(StudyConfiguration(data="uea:GunPont"))


@pytest.mark.parametrize(
    "parameter", [{"horizon": 2}, {"label": "direction"}, {"seq_len": 24}, {"features": "open"}]
)
def test_what_says_something_of_candles_alone_is_refused(parameter):
    with pytest.raises(StudyError, match=f"{next(iter(parameter))}=.*leave it out"):
        StudyConfiguration(data="X_TRAIN.ts", **parameter)


def test_names_and_parameters_say_nothing_of_candles():
    configuration = StudyConfiguration(data="uea:GunPoint", seed=4)
    assert configuration.study_name == "study-uea-GunPoint-seed4"
    assert not {"label", "horizon", "seq_len"} & set(configuration.shown())
    assert {"label", "horizon", "seq_len"} <= set(StudyConfiguration().shown())


def test_nothing_is_forecast_where_nothing_follows(tmp_path):
    assert "long_term_forecast" not in read_space(horizon=0, seq_len=20).entries["task_name"]
    space = tmp_path / "space.yaml"
    fields = {**read_space(horizon=1, seq_len=20).entries, "task_name": "long_term_forecast"}
    space.write_text("\n".join(f"{key}: {value!r}".replace("True", "true") for key, value in fields.items()))
    with pytest.raises(StudyError, match=r"task_name.*nothing to forecast"):
        read_space(space, horizon=0, seq_len=20)


FORMS = {
    "ts": lambda rows: HEADER + "".join(f"{','.join(map(str, values))}:{name}\n" for values, name in rows),
    "tsv": lambda rows: "".join("\t".join(map(str, [name, *values])) + "\n" for values, name in rows),
    "txt": lambda rows: "".join("  ".join(map(str, [name, *values])) + "\n" for values, name in rows),
    "arff": lambda rows: (
        "@relation made\n@attribute a numeric\n@attribute target {a,b}\n@data\n"
        + "".join(",".join(map(str, [*values, name])) + "\n" for values, name in rows)
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_archives_holds_the_same_series(tmp_path, form):
    path = tmp_path / f"X_TRAIN.{form}"
    path.write_text(
        FORMS[form]([([1, 2.5, 3, -4], "a"), ([5, 6, "NaN", "NaN"], "b"), ([1, "NaN", 2, 0], "a")])
    )
    read = read_series(path)
    assert read.labels == ("a", "b", "a") and read.filled == 1
    assert [one[:, 0].tolist() for one in read.series] == [[1, 2.5, 3, -4], [5, 6], [1, 1.5, 2, 0]]
    assert is_labelled(str(path))


def test_a_relational_arff_file_has_channels(tmp_path):
    path = tmp_path / "X_TRAIN.arff"
    head = (
        "@relation made\n@attribute relationalAtt relational\n@attribute att0 numeric\n@end relationalAtt\n"
    )
    path.write_text(head + "@attribute classAttribute {a,b}\n@data\n'1,2,3\\n4,?,6',a\n")
    (one,) = read_series(path).series
    assert one.T.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_header_in_an_old_encoding_is_read(tmp_path):
    path = tmp_path / "X_TRAIN.ts"
    path.write_bytes(b"#made up \x96 by hand\n" + HEADER.encode() + b"1,2,3,4:a\n")
    assert read_series(path).labels == ("a",)


def test_missing_values_are_filled_as_pandas_interpolates_and_said(tmp_path):
    generator = np.random.default_rng(0)
    values = generator.normal(size=(30, 2)).round(3)
    values[generator.random((30, 2)) < 0.4] = np.nan
    values[-1] = 1.0
    path = tmp_path / "X_TRAIN.ts"
    path.write_text(HEADER + line(values, "a") + "\n")
    read = read_series(path)
    expected = pd.DataFrame(values).interpolate(method="linear", limit_direction="both")
    np.testing.assert_allclose(read.series[0], expected)
    assert read.filled == np.isnan(values).sum()


def test_copies_of_train_windows_among_the_test_ones_are_counted_and_said(tmp_path):
    train, test = made_up(40, 0), made_up(30, 1)
    test[4], test[9] = train[3], (train[7][0], test[9][1])
    prepared = prepare(StudyConfiguration(data=write_set(tmp_path, train, test)))
    assert prepared.quality.copies == 2
    assert "2 of the 30 test windows are copies of train windows" in prepared.quality.summary()


def test_a_class_called_nan_has_one_place_whatever_the_order_of_the_labels():
    names = ["2", "nan", "10", "1"]
    found = {_class_names([*names[turn:], *names[:turn]]) for turn in range(4)}
    assert found == {("1", "10", "2", "nan")}
    assert _class_names(["10", "2", "1"]) == ("1", "2", "10")
