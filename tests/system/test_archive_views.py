"""Real messages of every topic, as the views show them; what is sealed is in none of them."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from agents.reducers.live_state import LiveState, step_sessions
from schemas.addresses import ClickHouseAddress
from schemas.ballots import Ballot, encode_frame
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import BroadcastLoaded, RoundClosed, RoundOpened
from schemas.questions import (
    PromiseFollowedUp,
    PromiseMade,
    QuestionAired,
    QuestionAnswered,
    QuestionAsked,
    QuestionModerated,
)
from schemas.scores import GroupClosed, KeyPublished, MarksSealed
from schemas.sessions import (
    CommandRefused,
    MicrophoneCut,
    MicrophoneOpened,
    MicrophoneOrdered,
    PresentationFinished,
    PresentationStarted,
    SessionCommand,
    SlotSkipped,
    TimeAdded,
    WarningGiven,
)
from schemas.topics import Topic
from schemas.wire import encode
from streams.archive.batches import tell_apart
from streams.archive.store import Store
from streams.log.interface import Record
from tests.support.archive import ask
from tests.support.clickhouse import EmbeddedClickHouse, embedded_clickhouse

NOW = 1_790_000_000_000
DATABASES = count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def archive(server: EmbeddedClickHouse) -> ClickHouseAddress:
    return ClickHouseAddress(server.address.url, database=f"views_{next(DATABASES)}")


async def keep(archive: ClickHouseAddress, topic: Topic, *facts: Struct) -> None:
    """Archive facts of a one-partition topic, each twice."""
    messages = [
        Record(topic, 0, offset, NOW, None, encode(fact)) for offset, fact in enumerate(facts)
    ]
    told = tell_apart(messages, 0)
    assert set(told.reasons) == {""}
    store = Store(archive, 10)
    await asyncio.to_thread(store.prepare)
    for _ in range(2):
        await asyncio.to_thread(store.insert, told, NOW)
    await asyncio.to_thread(store.close)


async def rows(archive: ClickHouseAddress, query: str) -> list[dict[str, Any]]:
    said = await ask(archive, query + " FORMAT JSONEachRow")
    return [json.loads(line) for line in said.splitlines()]


async def test_whatever_python_reads_in_a_frame_clickhouse_unfolds(
    archive: ClickHouseAddress,
) -> None:
    draw = Random(7)
    letters = "aZ09 _-.'\"\\/\t\n\r\x00\x1f\x7f{}[]:,住\u2028\ufeff\U0001f600é"

    def word() -> str:
        return "".join(draw.choice(letters) for _ in range(draw.randrange(12)))

    frames = [
        [
            Ballot(
                word(),
                word(),
                draw.choice([0, 1, draw.getrandbits(53), draw.getrandbits(60), (1 << 60) - 1]),
                draw.randrange(5),
                draw.choice([0, 1, NOW, (1 << 45) - 1]),
                word(),
            )
            for _ in range(draw.randrange(20))
        ]
        for _ in range(50)
    ]
    store = Store(archive, 10)
    await asyncio.to_thread(store.prepare)
    messages = [
        Record(Topic.VOTES, 3, offset, NOW, None, encode_frame(NOW, ballots))
        for offset, ballots in enumerate(frames)
    ]
    await asyncio.to_thread(store.insert, tell_apart(messages, 0), NOW)
    await asyncio.to_thread(store.close)
    query = (
        "SELECT round, unit, toString(voter) AS voter, toInt8(choice) AS choice, "
        "toString(toUnixTimestamp64Milli(created_at)) AS created_at, source "
        "FROM votes ORDER BY offset, item"
    )
    found = [
        Ballot(**row | {"voter": int(row["voter"]), "created_at": int(row["created_at"])})
        for row in await rows(archive, query)
    ]
    assert found == [ballot for ballots in frames for ballot in ballots]


async def test_broadcasts_define_units_and_rounds(archive: ClickHouseAddress) -> None:
    def broadcast(title: str) -> Broadcast:
        units = [Unit("housing", 1, "department", Text("住建局", "Housing"))]
        rounds = [Round("r1", Text(en=title), minimum_ballots=3)]
        return Broadcast("county", Text(en="County"), units, rounds)

    await keep(
        archive,
        Topic.BROADCASTS,
        BroadcastLoaded(at=NOW, broadcast=broadcast("first")),
        BroadcastLoaded(at=NOW + 1, broadcast=broadcast("second")),
        RoundOpened(at=NOW + 2, round="r1", votes_from={"0": 0}),
        RoundClosed(at=NOW + 3, round="r1"),
    )
    assert await rows(archive, "SELECT * FROM units") == [
        {
            "broadcast": "county",
            "unit": "housing",
            "number": 1,
            "kind": "department",
            "name_zh": "住建局",
            "name_en": "Housing",
        }
    ]
    assert await rows(archive, "SELECT * EXCEPT (broadcast, title_zh) FROM rounds") == [
        {
            "round": "r1",
            "title_en": "second",
            "minimum_ballots": 3,
            "opened_at": "2026-09-21 14:13:20.002",
            "closed_at": "2026-09-21 14:13:20.003",
            "final_at": None,
        }
    ]


async def test_a_question_is_one_row_with_what_became_of_it(archive: ClickHouseAddress) -> None:
    known: dict[str, Any] = {"question": "q1", "broadcast": "county"}
    await keep(
        archive,
        Topic.QUESTIONS,
        QuestionAsked(at=NOW, text="何时通车?", unit="roads", asker=7, source="web", **known),
        QuestionModerated(at=NOW + 1, decision="accepted", **known),
        QuestionAired(at=NOW + 2, unit="roads", **known),
        QuestionAnswered(at=NOW + 3, summary="In spring.", **known),
        PromiseMade(at=NOW + 4, text="Open by May.", due_at=NOW + 9, **known),
        PromiseFollowedUp(at=NOW + 5, outcome="kept", **known),
        QuestionAsked(
            at=NOW, text="?", unit=None, asker=8, source="web", question="q2", broadcast="county"
        ),
    )
    [first, second] = await rows(archive, "SELECT * FROM questions ORDER BY question")
    assert (
        first
        | {
            "text": "何时通车?",
            "unit": "roads",
            "decision": "accepted",
            "aired_at": "2026-09-21 14:13:20.002",
            "answer": "In spring.",
            "promise": "Open by May.",
            "due_at": "2026-09-21 14:13:20.009",
            "outcome": "kept",
            "last_event": "promise_followed_up",
        }
        == first
    )
    assert (second["last_event"], second["aired_at"], second["outcome"]) == ("asked", None, "")


async def test_presentations_and_cues_take_the_first_fact_of_each_command(
    archive: ClickHouseAddress,
) -> None:
    def said(command: str) -> dict[str, Any]:
        return {"id": command, "broadcast": "county", "slot": "s1"}

    start: dict[str, Any] = {
        "started_at": NOW,
        "warn_at": NOW + 290_000,
        "ends_at": NOW + 300_000,
        "allotted_ms": 300_000,
        "warning_ms": 10_000,
        "group": "departments",
        "unit": "housing",
    }
    cut: dict[str, Any] = {"planned_at": NOW + 330_000, "sent_at": NOW + 330_002, "attempts": 1}
    warning = said(f"more:warning:{NOW + 320_000}") | {"planned_at": NOW + 320_000}
    await keep(
        archive,
        Topic.SESSIONS,
        SessionCommand(at=NOW, command="start_presentation", **said("go")),
        PresentationStarted(at=NOW, **start, **said("go")),
        PresentationStarted(at=NOW + 5, **start, **said("go")),
        MicrophoneOpened(
            at=NOW, device="hall", sent_at=NOW, confirmed_at=NOW + 20, attempts=1, **said("go")
        ),
        TimeAdded(
            at=NOW, added_ms=30_000, warn_at=NOW + 320_000, ends_at=NOW + 330_000, **said("more")
        ),
        WarningGiven(at=NOW, **warning, sent_at=NOW + 320_004),
        WarningGiven(at=NOW, **warning, sent_at=NOW + 320_009),
        CommandRefused(at=NOW, reason="late", **said("late")),
        TimeAdded(at=NOW, added_ms=7, warn_at=NOW, ends_at=NOW, **said("late")),
        MicrophoneCut(at=NOW, device="hall", confirmed_at=None, **cut, **said("go")),
        MicrophoneCut(at=NOW, device="hall", confirmed_at=NOW + 330_050, **cut, **said("go")),
        MicrophoneCut(at=NOW, device="hall", confirmed_at=NOW + 999_999, **cut, **said("go")),
        MicrophoneCut(at=NOW, device="air", confirmed_at=None, **cut, **said("go")),
        PresentationFinished(
            at=NOW + 331_000, used_ms=330_000, left_ms=0, overtime_ms=1_000, **said("end")
        ),
        SlotSkipped(at=NOW, reason="ill", id="skip", broadcast="county", slot="s2"),
    )
    [first, second] = await rows(archive, "SELECT * FROM presentations ORDER BY slot")
    assert (
        first
        | {
            "group": "departments",
            "unit": "housing",
            "started_at": "2026-09-21 14:13:20.000",
            "warned_at": "2026-09-21 14:18:40.004",
            "allotted_ms": 300_000,
            "added_ms": 30_000,
            "used_ms": 330_000,
            "overtime_ms": 1_000,
            "skipped": 0,
        }
        == first
    )
    assert (second["slot"], second["skipped"], second["skip_reason"]) == ("s2", 1, "ill")
    warned = "SELECT planned_at, sent_at, late_ms FROM cues WHERE cue = 'warning'"
    assert await rows(archive, warned) == [
        {
            "planned_at": "2026-09-21 14:18:40.000",
            "sent_at": "2026-09-21 14:18:40.004",
            "late_ms": 4,
        }
    ]
    cues = (
        "SELECT cue, device, late_ms, confirmed_at FROM cues WHERE cue != 'warning' "
        "ORDER BY cue, device, planned_at"
    )
    assert await rows(archive, cues) == [
        {"cue": "cut", "device": "air", "late_ms": None, "confirmed_at": None},
        {
            "cue": "cut",
            "device": "hall",
            "late_ms": 50,
            "confirmed_at": "2026-09-21 14:18:50.050",
        },
        {
            "cue": "open",
            "device": "hall",
            "late_ms": None,
            "confirmed_at": "2026-09-21 14:13:20.020",
        },
    ]


async def test_a_decision_that_was_judged_by_an_older_state_counts_nowhere(
    archive: ClickHouseAddress,
) -> None:
    """What the views count is what the fold counts, for two workers that answer at once."""

    def said(command: str, after: int | None = 0, slot: str = "s1") -> dict[str, Any]:
        return {"at": NOW, "id": command, "broadcast": "county", "slot": slot, "after": after}

    def more(command: str, after: int, added_ms: int) -> TimeAdded:
        times = {"warn_at": NOW + 290_000, "ends_at": NOW + 300_000}
        return TimeAdded(added_ms=added_ms, **times, **said(command, after))

    def start(command: str, after: int, slot: str = "s1") -> PresentationStarted:
        times: dict[str, Any] = {"started_at": NOW + after, "warn_at": NOW + 290_000}
        lengths = {"ends_at": NOW + 300_000, "allotted_ms": 300_000, "warning_ms": 10_000}
        return PresentationStarted(**times, **lengths, **said(command, after, slot))

    def ordered(command: str, after: int | None, *, is_open: bool) -> MicrophoneOrdered:
        return MicrophoneOrdered(is_open=is_open, **said(command, after))

    facts = [
        SlotSkipped(**said("skip", 0, "s9")),
        CommandRefused(reason="no", **said("early", 1)),
        start("go", 1),
        start("other go", 1, "s2"),
        more("one", 3, 1_000),
        more("at once", 3, 50_000),
        more("two", 5, 2_000),
        ordered("direct", None, is_open=False),
        more("overtaken", 7, 400_000),
        more("three", 8, 4_000),
        CommandRefused(reason="changed", **said("four", 10)),
        more("four", 10, 900_000),
        ordered("open", 10, is_open=True),
        more("five", 13, 8_000),
        PresentationFinished(used_ms=1, left_ms=0, overtime_ms=0, **said("end", 14)),
        start("next", 15, "s2"),
    ]
    await keep(archive, Topic.SESSIONS, *facts)
    state = LiveState()
    for offset, fact in enumerate(facts):
        step_sessions(state, offset, fact)
    runs = state.broadcasts["county"].session.runs
    assert {slot: run.added_ms for slot, run in runs.items()} == {"s1": 15_000, "s2": 0}
    query = (
        "SELECT slot, added_ms, toUnixTimestamp64Milli(started_at) AS started_at "
        "FROM presentations WHERE NOT skipped ORDER BY slot "
        "SETTINGS output_format_json_quote_64bit_integers = 0"
    )
    found = await ask(archive, query.replace("SETTINGS", "FORMAT JSONEachRow SETTINGS"))
    assert [json.loads(line) for line in found.splitlines()] == [
        {"slot": slot, "added_ms": run.added_ms, "started_at": run.started_at}
        for slot, run in sorted(runs.items())
    ]


async def test_marks_are_seen_only_when_their_group_s_key_is_published(
    archive: ClickHouseAddress,
) -> None:
    keys = {group: AESGCM.generate_key(256) for group in ("open", "shut")}
    nonces = count()

    def marks(group: str, evaluator: str, opened: dict[str, Any]) -> MarksSealed:
        nonce = f"{next(nonces):012}".encode()
        about = f"county/{group}/s1/{evaluator}".encode()
        sealed = AESGCM(keys[group]).encrypt(nonce, json.dumps(opened).encode() + b"  ", about)
        return MarksSealed(
            at=NOW,
            broadcast="county",
            group=group,
            slot="s1",
            evaluator=evaluator,
            nonce=b64encode(nonce).decode(),
            sealed=b64encode(sealed).decode(),
        )

    def key(group: str, text: str) -> KeyPublished:
        return KeyPublished(at=NOW, broadcast="county", group=group, key=text)

    first = {"marks": {"results": 50, "delivery": 30}, "submitted": True}
    draft = marks("open", "e1", first | {"submitted": False})
    await keep(
        archive,
        Topic.SCORES,
        draft,
        marks("open", "e2", {"recused": "my own unit"}),
        marks("shut", "e1", {"marks": {"results": 12345}, "submitted": True}),
    )
    assert await rows(archive, "SELECT * FROM scores") == []
    assert "12345" not in await ask(archive, "SELECT * FROM log")
    await keep(
        archive,
        Topic.SCORES,
        draft,
        marks("open", "e2", {"recused": "my own unit"}),
        marks("shut", "e1", {"marks": {"results": 12345}, "submitted": True}),
        marks("open", "e1", first),
        draft,
        GroupClosed(at=NOW, broadcast="county", group="open"),
        GroupClosed(at=NOW, broadcast="county", group="shut"),
        marks("open", "e1", first | {"submitted": False}),
        key("open", b64encode(keys["open"]).decode()),
        key("shut", "not a key"),
    )
    found = "SELECT group, evaluator, marks, submitted, recused FROM scores ORDER BY evaluator"
    assert await rows(archive, found) == [
        {
            "group": "open",
            "evaluator": "e1",
            "marks": {"results": 50, "delivery": 30},
            "submitted": True,
            "recused": None,
        },
        {
            "group": "open",
            "evaluator": "e2",
            "marks": {},
            "submitted": False,
            "recused": "my own unit",
        },
    ]
