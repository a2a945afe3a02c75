from tribune.supervise.liveness import BackOff, Health, Life, Patience, Verdict, step

WELL = Health(answered=True)
UNWELL = Health(answered=True, problems=("it hurts",))
SILENT = Health(answered=False)
PATIENCE = Patience(start_s=60, silent_s=10, busy_s=40, unwell_s=30, probes=3)


def verdicts(*seen: tuple[Health, float], servers_well: bool = True) -> list[Verdict]:
    life = Life(started_at=0)
    return [step(life, health, at, PATIENCE, servers_well=servers_well) for health, at in seen]


def test_a_child_is_ready_when_it_answers_that_it_is_well() -> None:
    assert verdicts((SILENT, 1), (UNWELL, 2), (WELL, 3)) == ["", "", "ready"]


def test_a_child_that_never_answers_has_some_time_to_start() -> None:
    assert verdicts((SILENT, 59), (SILENT, 60)) == ["", "silent"]


def test_a_child_that_falls_silent_is_hung_after_a_while() -> None:
    seen = [(WELL, 0), (SILENT, 5), (SILENT, 10), (SILENT, 14.9), (SILENT, 15)]
    assert verdicts(*seen)[1:] == ["", "", "", "silent"]


def test_a_supervisor_that_slept_itself_asks_again_before_it_judges() -> None:
    assert verdicts((WELL, 0), (SILENT, 5), (SILENT, 900), (SILENT, 903)) == [
        "ready",
        "",
        "",
        "silent",
    ]


def silences(*looks: tuple[float, bool]) -> list[Verdict]:
    """What follows from silence at some times, each with whether the child was busy until then."""
    life = Life(started_at=0)
    step(life, WELL, 0, PATIENCE, servers_well=True)
    return [
        step(life, SILENT, at, PATIENCE, servers_well=True, is_busy=is_busy)
        for at, is_busy in looks
    ]


def test_a_child_that_gets_no_processor_is_not_hung() -> None:
    assert set(silences(*((at, True) for at in range(5, 45, 4)))) == {""}


def test_a_child_that_works_and_never_answers_is_hung_in_the_end() -> None:
    assert silences((5, True), (25, True), (44, True), (45, True)) == ["", "", "", "silent"]


def test_only_the_time_for_which_a_silent_child_stood_still_counts() -> None:
    looks = [(5, False), (9, True), (13, False), (17, True), (21, False), (22.9, False)]
    assert silences(*looks, (23, False)) == [*[""] * 6, "silent"]


def test_an_answer_makes_what_a_child_stood_still_forgotten() -> None:
    seen = [(WELL, 0), (SILENT, 5), (SILENT, 14), (WELL, 15), (SILENT, 16), (SILENT, 25)]
    assert "silent" not in verdicts(*seen, (SILENT, 25.9))


def test_an_answer_ends_the_silence() -> None:
    seen = [(WELL, 0), (SILENT, 5), (SILENT, 9), (WELL, 12), (SILENT, 16), (SILENT, 20)]
    assert "silent" not in verdicts(*seen)


def test_a_child_that_tells_how_far_it_has_come_is_left_alone() -> None:
    told = [(Health(answered=True, problems=(f"{at} % read",)), float(at)) for at in range(100)]
    assert set(verdicts(*told)) == {""}


def test_a_child_that_was_well_in_between_has_all_the_time_again() -> None:
    seen = [(UNWELL, 0), (WELL, 20), (UNWELL, 25), (UNWELL, 50), (UNWELL, 55)]
    assert verdicts(*seen) == ["", "ready", "", "", "unwell"]


def test_a_child_that_is_unwell_has_more_time() -> None:
    assert verdicts((WELL, 0), (UNWELL, 10), (UNWELL, 39), (UNWELL, 40))[1:] == ["", "", "unwell"]


def test_a_child_is_left_alone_while_its_servers_are_away() -> None:
    assert "unwell" not in verdicts(*((UNWELL, at) for at in range(300)), servers_well=False)


def test_each_short_life_doubles_the_wait_up_to_ten_seconds() -> None:
    back_off = BackOff()
    assert [back_off.wait_s(1) for _ in range(8)] == [0, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0]


def test_a_long_life_makes_the_wait_short_again() -> None:
    back_off = BackOff(failures=7)
    assert back_off.wait_s(30) == 0
