from tribune.supervise.effort import Effort, was_busy


def test_who_ran_or_waited_to_run_for_a_good_part_of_the_time_was_busy() -> None:
    assert was_busy(Effort(10.0), Effort(11.0), 4.0)


def test_who_only_woke_up_now_and_then_was_not() -> None:
    assert not was_busy(Effort(10.0), Effort(10.1), 4.0)


def test_the_first_look_tells_nothing_of_the_time_before() -> None:
    assert not was_busy(Effort(), Effort(900.0), 0.0)


def test_a_thread_that_ended_with_all_it_did_makes_nobody_busy() -> None:
    assert not was_busy(Effort(10.0), Effort(2.0), 4.0)
