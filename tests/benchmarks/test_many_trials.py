"""Made-up trials stand for real ones in a study, and its seconds add up by the clock that is asked for."""

from benchmarks.study_time import REST, Clock


def test_a_clock_goes_by_what_it_is_given_and_its_rows_add_up():
    now = iter([0.0, 1.0, 2.0, 5.0, 9.0, 10.0])
    clock = Clock(now.__next__)
    clock.start()  # at 1
    clock.enter("choosing")  # at 2: one second of the rest
    clock.enter("capture")  # at 5: three of choosing
    clock.leave()  # at 9: four of capture
    clock.leave()  # at 10: one more of choosing
    assert dict(clock.seconds) == {REST: 1.0, "choosing": 4.0, "capture": 4.0}
