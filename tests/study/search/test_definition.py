"""A study says what differs where another one has its name, and does not mix codes unnoticed."""

import pytest

from study.configuration import StudyConfiguration
from study.errors import StudyError
from study.search.code_digest import code_digests, digest_of
from study.search.definition import codes_in_words, differences, require_same, require_same_code

BASE = {
    **StudyConfiguration().to_dict(),
    "candles": "8,686 to 2021-12-27 00:00, digest ab",
    "space": {"d_model": [4, 8], "dropout": {"low": 0.0, "high": 0.1}, "d_ff": 8},
    "windows_digest": "x",
}


def test_nothing_differs_from_itself_nor_from_what_a_parameter_s_default_adds():
    assert differences(BASE, BASE) == []
    older = {key: value for key, value in BASE.items() if key not in ("classes", "candles")}
    assert differences(older, BASE) == []
    require_same("s", None, BASE)


def test_of_a_space_the_keys_that_differ_are_named():
    other = {**BASE, "space": {**BASE["space"], "d_model": [4, 16]}}
    assert differences(BASE, other) == ["space: d_model was [4, 8], is [4, 16]"]


def test_other_candles_are_said_once():
    was, now = BASE["candles"], "9,000 to 2022-01-01 00:00, digest cd"
    other = {**BASE, "candles": now, "windows_digest": "y"}
    assert differences(BASE, other) == [f"the file holds other candles (was {was}, is {now})"]


def test_other_windows_of_the_same_candles_come_of_other_code():
    (line,) = differences(BASE, {**BASE, "windows_digest": "y"})
    assert "the same candles" in line and "code" in line
    with pytest.raises(StudyError, match=r"seed was 0, is 1\); give name=") as refused:
        require_same("s", BASE, {**BASE, "seed": 1, "windows_digest": "y"})
    assert "code" not in str(refused.value)


def test_trials_of_other_code_are_refused_unless_they_may_be_mixed():
    now = {"network": "a", "probes": "b"}
    same = [{"parts": now, "from": 0}]
    other = [{"parts": {"network": "a", "probes": "c"}, "from": 0}]
    require_same_code("s", same, now, begun=True, mixed="no")
    require_same_code("s", other, now, begun=False, mixed="no")
    require_same_code("s", other, now, begun=True, mixed="yes")
    with pytest.raises(StudyError, match=r"with other code \(probes\).*mixed=yes"):
        require_same_code("s", other, now, begun=True, mixed="no")
    with pytest.raises(StudyError, match="which parts is not known"):
        require_same_code("s", None, now, begun=True, mixed="no")
    assert codes_in_words(same) == ""
    assert "from trial 3 on with other code (probes)" in codes_in_words([*other, {"parts": now, "from": 3}])


def test_a_code_s_digest_is_that_of_what_it_computes(tmp_path):
    def digest(*texts):
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.py").write_text(text)
        return digest_of(tmp_path / f"{number}.py" for number in range(len(texts)))

    plain = "def f(x):\n    return x + 1\n"
    assert digest(plain) == digest(
        '"""Says."""\nimport os\n\n\ndef f(x: int) -> int:\n    """Adds."""\n    # one\n    return x + 1\n'
    )
    assert digest(plain, "A = 1\n") == digest("A = 1\n", plain)
    assert (
        len(
            {
                digest(plain),
                digest(plain.replace("1", "2")),
                digest(plain.replace("+", "-")),
                digest("A = 1\n"),
            }
        )
        == 4
    )
    assert set(code_digests()) >= {"network", "features", "probes", "training"}
    assert code_digests() == code_digests() and len(set(code_digests().values())) == len(code_digests())
