"""The benchmark of the choice runs on a few candidates."""

from benchmarks.choice import PER_TRIAL, made_up, measure, write_trial


def test_a_small_choice_is_measured_phase_by_phase(tmp_path):
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        write_trial(tmp_path / str(number), number, made_up(300).labels)
    found = measure(tmp_path, trials=2, windows=300, processes=1)
    assert [one.phase for one in found] == ["read", "choose", "superiority", "leaderboard"]
    assert {one.size for one in found} == {2 * PER_TRIAL}
