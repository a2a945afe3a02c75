"""The preflight list in a terminal: what the console found, a line each."""

from typing import Any

SIGNS = {"ok": "ok  ", "note": "note", "fail": "FAIL"}
WHAT = {
    "decks": "slides of the presentations to come",
    "evaluators": "evaluators of the presentations to come",
    "devices": "microphones and other devices",
    "screens": "screens that report",
    "clocks": "clocks of stages and screens",
}
MOST_TOGETHER = 8  # no measured reason: names of a line that is still read, and not counted


def lines(found: dict[str, Any]) -> list[str]:
    """A line for each check, and one for each kind of problem with whose it is."""
    told: list[str] = []
    for check in found["checks"]:
        well = check["count"] if not check["problems"] else f"{check['count']}, not all well"
        told.append(f"{SIGNS[check['state']]}  {WHAT[check['name']]}: {well}")
        by_detail: dict[str, list[str]] = {}
        for problem in check["problems"]:
            by_detail.setdefault(problem["detail"], []).append(problem["subject"])
        told += [f"        {_names(subjects)}: {detail}" for detail, subjects in by_detail.items()]
    return told


def _names(subjects: list[str]) -> str:
    shown = ", ".join(subjects[:MOST_TOGETHER])
    rest = len(subjects) - MOST_TOGETHER
    return f"{shown} and {rest} more" if rest > 0 else shown
