from tribune.commands.preflight import lines


def test_what_is_alike_stands_in_one_line() -> None:
    problems = [
        {"subject": f"s{n}", "reason": "no_deck", "detail": "has no slides"} for n in range(10)
    ]
    checks = [
        {"name": "decks", "state": "note", "count": 12, "problems": problems},
        {"name": "devices", "state": "ok", "count": 2, "problems": []},
    ]
    assert lines({"checks": checks}) == [
        "note  slides of the presentations to come: 12, not all well",
        "        s0, s1, s2, s3, s4, s5, s6, s7 and 2 more: has no slides",
        "ok    microphones and other devices: 2",
    ]
