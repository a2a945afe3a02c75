"""A presentation day small enough to reckon by hand: two panels, one group, three slots."""

import json
import time
from typing import Any

import httpx

from streams.tokens import issue
from tests.support.secret import SECRET

EVALUATORS = {"e1": "leaders", "e2": "leaders", "o1": "officials", "own": "officials"}
SLOTS = {"s1": "housing", "s2": "water", "s3": "roads"}


def day(name: str = "day", **formula: Any) -> str:
    """A broadcast file (JSON is YAML); ids of slots and groups begin with the name."""
    units = [
        {"id": f"{name}-{unit}", "number": n, "kind": "department", "name": {"en": unit}}
        for n, unit in enumerate(SLOTS.values(), 1)
    ]
    document = {
        "id": name,
        "title": {"en": name},
        "units": units,
        "rounds": [{"id": f"{name}-round", "title": {"en": "round"}, "minimum_ballots": 1}],
        "groups": [{"id": f"{name}-group", "title": {"en": "group"}}],
        "slots": [
            {"id": f"{name}-{slot}", "group": f"{name}-group", "unit": f"{name}-{unit}"}
            for slot, unit in SLOTS.items()
        ],
        "panels": [{"id": panel, "title": {"en": panel}} for panel in ("leaders", "officials")],
        "evaluators": [
            {"id": key, "panel": panel, "name": {"en": f"Name of {key}"}}
            | ({"units": [f"{name}-housing"]} if key == "own" else {})
            for key, panel in EVALUATORS.items()
        ],
        "formulas": [
            {
                "id": "presentation",
                "version": 1,
                "kind": "presentation",
                "criteria": [{"id": "results", "max": 60}, {"id": "delivery", "max": 40}],
                "panels": {"leaders": 60, "officials": 40},
                "tie_break": ["panel:leaders", "criterion:results"],
            }
            | formula
        ],
    }
    return json.dumps(document)


def evaluator(name: str) -> dict[str, str]:
    """An evaluator's own headers."""
    token = issue(SECRET, "evaluator", int(time.time()), bearer_id=name)
    return {"Authorization": f"Bearer {token}"}


async def mark(
    client: httpx.AsyncClient, slot: str, who: str, results: int, delivery: int, **more: Any
) -> httpx.Response:
    """Submit an evaluator's marks."""
    marks = {"results": results, "delivery": delivery}
    body = {"marks": marks, "submitted": True} | more
    return await client.put(f"/api/slots/{slot}/marks", json=body, headers=evaluator(who))
