"""Ranks a group again from the raw log: slowly, plainly, and without any rule of Tribune's."""

import json
from base64 import b64decode
from decimal import ROUND_HALF_UP, Decimal, getcontext
from hashlib import blake2b
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

getcontext().prec = 60


def key_of(secret: bytes, broadcast: str, group: str) -> bytes:
    """The group's key, as docs/decisions says it is derived."""
    parts = b"".join(
        len(part).to_bytes(4, "big") + part for part in (broadcast.encode(), group.encode())
    )
    return blake2b(parts, key=secret, person=b"groups", digest_size=32).digest()


def markings(scores: list[dict[str, Any]], group: str, secret: bytes) -> dict[Any, Any]:
    """Of each slot and evaluator what counts: the newest before the close."""
    found: dict[Any, Any] = {}
    nonces: set[str] = set()
    for fact in scores:
        if fact["group"] != group:
            continue
        if fact["type"] == "group_closed":
            return found
        if fact["type"] == "marks_sealed":
            place = (fact["broadcast"], group, fact["slot"], fact["evaluator"])
            cipher = AESGCM(key_of(secret, fact["broadcast"], group))
            sealed, nonce = b64decode(fact["sealed"]), b64decode(fact["nonce"])
            if fact["nonce"] in nonces:
                continue  # a copy, which a broker wrote late
            nonces.add(fact["nonce"])
            found[place[2:]] = json.loads(cipher.decrypt(nonce, sealed, "/".join(place).encode()))
    return found


def ranking(document: dict[str, Any], scores: list[dict[str, Any]], secret: bytes) -> list[Any]:
    """Slot, rank and score (hundredths) of each presentation, the best first."""
    [formula], [group] = document["formulas"], document["groups"]
    marks = markings(scores, group["id"], secret)
    most = Decimal(sum(criterion["max"] for criterion in formula["criteria"]))
    exact: dict[str, tuple[Decimal, Decimal]] = {}
    for slot in document["slots"]:
        means: dict[str, Decimal] = {}
        for panel in formula["panels"]:
            totals = sorted(
                Decimal(sum(said["marks"].values()))
                for evaluator in document["evaluators"]
                if evaluator["panel"] == panel
                and slot["unit"] not in evaluator.get("units", [])
                and (said := marks.get((slot["id"], evaluator["id"]), {})).get("submitted")
            )
            if len(totals) >= formula.get("drop_extremes_from", 5):
                totals = totals[1:-1]
            if totals:
                means[panel] = sum(totals, Decimal(0)) / len(totals)
        if means:
            weight = Decimal(sum(formula["panels"][panel] for panel in means))
            parts = [formula["panels"][panel] * mean for panel, mean in means.items()]
            sums = sum(parts, Decimal(0))
            share = (10_000 * sums / weight / most).quantize(Decimal(1), ROUND_HALF_UP)
            exact[slot["id"]] = share, means.get("leaders", Decimal(-1))
    rows = [
        (slot, 1 + sum(other > own for other in exact.values()), int(own[0]))
        for slot, own in exact.items()
    ]
    return sorted(rows, key=lambda row: row[1])
