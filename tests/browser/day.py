"""A stand-in presentation day for the pages: a rundown, commands, devices; by the real rules."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agents.reducers.commands import decide
from agents.reducers.rundown_rules import settled
from agents.reducers.session import Session, step
from schemas.broadcasts import Broadcast, Evaluator, Group, Panel, Slot, Text
from schemas.formulas import Criterion, PresentationFormula
from schemas.sessions import CommandRefused, SessionCommand
from tests.browser.evening import county, now_ms

INCARNATION = 1 << 40
PEOPLE = ("陈建国", "林晓梅", "王海涛", "赵文静", "黄志强", "周丽华", "吴永平", "徐秀兰", "孙立军")
NAMES = (
    *("Chen Jianguo", "Lin Xiaomei", "Wang Haitao", "Zhao Wenjing", "Huang Zhiqiang"),
    *("Zhou Lihua", "Wu Yongping", "Xu Xiulan", "Sun Lijun"),
)
GROUPS = (
    ("departments", Text("部门主要负责人", "Department heads")),
    ("secretaries", Text("乡镇党委书记", "Township party secretaries")),
    ("heads", Text("乡镇长", "Township heads")),
)
FORMULA = PresentationFormula(
    id="presentation",
    version=1,
    criteria=[
        Criterion("results", 60, {"zh": "工作实绩", "en": "Results of the year"}),
        Criterion("delivery", 40, {"zh": "现场述职", "en": "Presentation"}),
    ],
    panels={"leaders": 60, "officials": 40},
)


def presentation_day(each: int = 3, *, allotted_ms: int = 300_000) -> Broadcast:
    """The example county with three groups of presentations, a break between, and evaluators."""
    base = county(36)
    departments = [unit for unit in base.units if unit.kind == "department"]
    townships = [unit for unit in base.units if unit.kind == "township"]
    chosen = (departments[:each], townships[:each], townships[each : 2 * each])
    slots: list[Slot] = []
    for (group, _), units in zip(GROUPS, chosen, strict=True):
        if slots:
            slots.append(_break(len(slots)))
        for unit in units:
            slots.append(_slot(len(slots), group, unit.id, allotted_ms))
    evaluators = [
        Evaluator("e1", "leaders", Text("刘书记", "Secretary Liu"), ["housing"]),
        Evaluator("e2", "officials", Text("马主任", "Director Ma")),
    ]
    return msgspec.structs.replace(
        base,
        title=Text("青岚县2026年度述职评议", "Qinglan County Annual Review, 2026"),
        groups=[Group(group, title) for group, title in GROUPS],
        slots=slots,
        panels=[
            Panel("leaders", Text("县领导", "County leaders")),
            Panel("officials", Text("其他干部", "Other officials")),
        ],
        evaluators=evaluators,
        formulas=[FORMULA],
    )


def _slot(place: int, group: str, unit: str, allotted_ms: int) -> Slot:
    name = place % len(PEOPLE)
    return Slot(
        id=f"s{place + 1}",
        group=group,
        unit=unit,
        presenter=Text(PEOPLE[name], NAMES[name]),
        title=Text("2026年工作述职", "The year 2026 in five minutes"),
        planned_at=now_ms() // 60_000 * 60_000 + place * 390_000,
        allotted_ms=allotted_ms,
        deck="deck.pdf" if place % 3 else None,
    )


def _break(place: int) -> Slot:
    return Slot(
        id=f"s{place + 1}",
        kind="break",
        title=Text("休息", "Break"),
        planned_at=now_ms() // 60_000 * 60_000 + place * 390_000,
        allotted_ms=600_000,
        warning_ms=60_000,
    )


@dataclass
class Day:
    """How far the day is; `shift` moves the clock that it runs by (ms)."""

    broadcast: Broadcast = field(default_factory=presentation_day)
    now: Callable[[], int] = now_ms
    rehearsal: bool = False
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    screens: dict[str, dict[str, Any]] = field(default_factory=dict)
    revealed: dict[str, int] = field(default_factory=dict)
    corrections: list[dict[str, Any]] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    marked: set[str] = field(default_factory=set)
    pages: dict[str, int] = field(default_factory=dict)
    last: dict[str, Any] | None = None
    commands: list[dict[str, Any]] = field(default_factory=list)
    changes: int = 0
    plan_shift_ms: int = 0
    _offset: int = 0

    def __post_init__(self) -> None:
        self.session = Session(self.broadcast.id)
        self.slots = list(self.broadcast.slots)

    @property
    def order(self) -> list[str]:
        return [slot.id for slot in self.slots]

    @property
    def seq(self) -> int:
        return INCARNATION + self.session.position + self.changes

    def give(self, command: dict[str, Any], seq: int | None = None) -> CommandRefused | None:
        """Do as the operator says, by the real rules."""
        self.commands.append(command)
        if command["command"] == "change_rundown":
            return self._reorder(msgspec.convert(command["slots"], list[Slot]))
        known: dict[str, Any] = {key: command.get(key) for key in ("slot", "added_ms", "reason")}
        name = command["command"]
        name = "finish_presentation" if name == "move_on" else name
        asked = SessionCommand(
            at=self.now(),
            by="operator:7c1e",
            id=f"c{time.monotonic_ns()}",
            broadcast=self.broadcast.id,
            command=name,
            if_seq=seq,
            **known,
        )
        fact = decide(self.session, self.slots, asked, self.now(), self.seq)
        self._offset += 1
        if isinstance(fact, CommandRefused):
            return fact
        step(self.session, self._offset, fact)
        tag = str(fact.__struct_config__.tag)
        self.last = {"type": tag, "by": asked.by, "at": asked.at, "slot": fact.slot, "detail": ""}
        return self._follow()

    def _reorder(self, slots: list[Slot]) -> CommandRefused | None:
        wrong = next(settled(self.slots, slots, self.marked, self.closed), None)
        if wrong is not None:
            refusal: dict[str, Any] = {"reason": wrong.reason, "detail": wrong.detail}
            return CommandRefused(at=self.now(), id="", broadcast=self.broadcast.id, **refusal)
        self.slots = slots
        return self._changed("rundown_changed")

    def tell(self, name: str, words: dict[str, Any]) -> None:
        """Tell a screen something."""
        entry = self.screens.setdefault(name, {})
        if words.pop("blink", None):
            entry["blink_at"] = self.now()
        entry.update(words)
        self._changed("screen_told")

    def turn(self, slot: str, page: int) -> None:
        """Turn a page of a slot's deck."""
        self.pages[slot] = page
        self._changed("page_turned")

    def start_again(self, left_ms: int) -> None:
        """Pretend that the presentation that is on has so much left (ms)."""
        run = self.session.run
        assert run is not None
        shift = run.ends_at - self.now() - left_ms
        run.started_at -= shift
        run.warn_at -= shift
        run.ends_at -= shift
        self._changed("presentation_started")

    def confirm(self) -> None:
        """Let every device confirm what is wanted of it now."""
        is_open = self._wanted()
        for device in self.devices.values():
            at = self.now()
            device |= {"is_open": is_open, "planned_at": at - 9, "sent_at": at - 8}
            device |= {"confirmed_at": at, "attempts": 1, "state": "confirmed"}
        self._changed(None)

    def behave(self, name: str, order: dict[str, Any]) -> None:
        """Do with a simulated device as the operator says."""
        device = self.devices[name]
        device["simulated"] = order.get("behaves") or device["simulated"]
        if "is_open" in order:
            device |= {"is_open": order["is_open"], "state": "by_hand"}
        self._changed(None)

    def _follow(self) -> None:
        self.changes += 1

    def _changed(self, tag: str | None) -> None:
        self.changes += 1
        if tag:
            self.last = {
                "type": tag,
                "by": "operator:7c1e",
                "at": self.now(),
                "slot": self.session.current,
                "detail": "",
            }

    def _wanted(self) -> bool:
        run = self.session.run
        return run is not None and run.is_microphone_open(self.now())

    def view(self) -> dict[str, Any]:
        """The session as the console and push tell it."""
        now, run = self.now(), self.session.run
        slots = self._slots(now)
        following = [slot["id"] for slot in slots if slot["status"] in ("armed", "waiting")]
        clock: dict[str, Any] = dict.fromkeys(
            ("started_at", "warn_at", "ends_at", "paused_at", "allotted_ms", "warning_ms")
        )
        if run is not None:
            clock = {key: getattr(run, key) for key in clock}
        return {
            "broadcast": self.broadcast.id,
            "seq": self.seq,
            "playback": self.session.playback(self.order, now),
            "slot": self.session.current,
            **clock,
            "remaining_ms": run.remaining_ms(now) if run else 0,
            "phase": run.phase(now) if run else "normal",
            "added_ms": run.added_ms if run else 0,
            "used_ms": 0,
            "overtime_ms": run.overtime_ms(now) if run else 0,
            "next": following[0] if following else None,
            "as_of": now,
            "incarnation": 1,
            "rehearsal": self.rehearsal,
            "microphone": {"is_open": self._wanted(), "devices": self.devices},
            "slots": slots,
            "groups": self._groups(slots),
            "screens": self.screens,
            "last": self.last,
            "plan_shift_ms": self.plan_shift_ms,
        }

    def _slots(self, now: int) -> list[dict[str, Any]]:
        armed, expected = self.session.armed(self.order), now
        run = self.session.run
        if run is not None:
            expected = max(run.ends_at, now) + 60_000
        rows: list[dict[str, Any]] = []
        for slot in self.slots:
            entry = msgspec.to_builtins(slot) | self._run(slot.id, now)
            status = "armed" if slot.id == armed else "waiting"
            if slot.id == self.session.current:
                status = "on"
            elif slot.id in self.session.skipped:
                status = "skipped"
            elif self.session.is_done(slot.id):
                status = "done"
            entry |= {"status": status, "expected_at": None, "page": self.pages.get(slot.id, 1)}
            if status in ("waiting", "armed"):
                entry["expected_at"] = expected
                expected += slot.allotted_ms + 60_000
            rows.append(entry)
        return rows

    def _run(self, slot: str, now: int) -> dict[str, Any]:
        run = self.session.runs.get(slot)
        keys = ("started_at", "finished_at", "used_ms", "added_ms", "paused_ms")
        found = {key: getattr(run, key, None) for key in keys}
        over = max(0, (run.finished_at or now) - run.ends_at) if run else 0
        return found | {"overtime_ms": over}

    def _groups(self, slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = []
        for group in self.broadcast.groups:
            own = [slot["status"] for slot in slots if slot["group"] == group.id]
            rows = self.revealed.get(group.id, 0)
            if rows:
                status = "revealed" if rows >= len(own) else "revealing"
            elif group.id in self.closed:
                status = "closed"
            elif all(each in ("done", "skipped") for each in own):
                status = "marking"
            else:
                status = "presenting" if {"on", "done"} & set(own) else "waiting"
            title = msgspec.to_builtins(group.title)
            entry = {"id": group.id, "title": title, "status": status, "rows_revealed": rows}
            groups.append(entry)
        return groups

    def ledger(self) -> dict[str, Any]:
        """What every presenter got, as the console tells it."""
        rows: list[dict[str, Any]] = []
        for slot in self._slots(self.now()):
            if slot["kind"] == "break":
                continue
            kept = ("id", "group", "unit", "presenter", "title", "status", "started_at")
            row = {key: slot[key] for key in kept} | {"slot": slot["id"]}
            lengths = ("allotted_ms", "used_ms", "paused_ms", "added_ms", "overtime_ms")
            row |= {key: slot[key] or 0 for key in lengths}
            run, odd = self.session.runs.get(slot["id"]), ["added"] if row["added_ms"] else []
            ends_at = run.ends_at if run else None
            warned = run.warn_at if run else None
            row |= {"ends_at": ends_at, "warning_planned_at": warned, "warned_at": warned}
            cut = {"planned_at": ends_at, "attempts": 1}
            if ends_at:
                cut |= {"sent_at": ends_at + 1, "confirmed_at": ends_at + 9}
            done = slot["status"] == "done"
            row |= {"finished_at": slot["finished_at"], "unequal": odd}
            row |= {"cut": {"hall": cut, "broadcast": cut} if done else {}}
            rows.append(row)
        return {"broadcast": self.broadcast.id, "as_of": self.now(), "rows": rows}

    def close(self, group: str) -> None:
        """Close a group: no mark of it changes."""
        self.closed.add(group)
        self._changed("group_closed")

    def reveal(self, group: str, rows: int | str) -> None:
        """Show more rows of a group's board."""
        all_rows = self.ranking(group)
        places = sum(row["rank"] is not None for row in all_rows)
        is_last = rows == "all" or int(rows) >= places
        shown = self.revealed.get(group, 0)
        self.revealed[group] = len(all_rows) if is_last else max(shown, int(rows))
        self._changed("row_revealed")

    def correct(self, reason: str) -> None:
        """Put a mark right: every board gets a new version."""
        who = {"by": "operator:1", "slot": "s1", "evaluator": "e1"}
        self.corrections.append(who | {"at": self.now(), "reason": reason})
        self._changed(None)

    def ranking(self, group: str) -> list[dict[str, Any]]:
        """Every row of a group's board, by rank; who was skipped stands last, without one."""
        own = [slot for slot in self.broadcast.slots if slot.group == group]
        skipped = [slot for slot in own if slot.id in self.session.skipped]
        rows: list[dict[str, Any]] = []
        for place, slot in enumerate(slot for slot in own if slot not in skipped):
            score = 9_620 - 137 * place - (place % 3) * 41
            panels = {"leaders": min(10_000, score + 85), "officials": max(0, score - 128)}
            row = {"slot": slot.id, "unit": slot.unit, "rank": place + 1, "score": score}
            rows.append(row | {"panels": panels, "marks": 12, "missing": 0, "status": "ranked"})
        for slot in skipped:
            blank: dict[str, Any] = {
                "slot": slot.id,
                "unit": slot.unit,
                "rank": None,
                "score": None,
                "panels": {},
            }
            rows.append(blank | {"marks": 0, "missing": 0, "status": "skipped"})
        return rows

    def board(self, group: str, *, whole: bool = False) -> dict[str, Any]:
        """A group's board: what is revealed of it, or for operators the whole."""
        rows, shown = self.ranking(group), self.revealed.get(group, 0)
        ranked = [row for row in rows if row["rank"] is not None]
        is_all = whole or shown >= len(rows)
        public = rows if is_all else ranked[len(ranked) - shown :]
        positions = {"scores": {"0": 40 + shown}, "sessions": {"0": 90}, "broadcasts": {"0": 7}}
        return {
            "board": f"presentations:{group}",
            "seq": self.seq,
            "as_of": self.now(),
            "status": "final" if group in self.closed else "provisional",
            "formula": {"id": "presentation", "version": 1},
            "positions": positions,
            "broadcast": self.broadcast.id,
            "group": group,
            "title": msgspec.to_builtins(
                next(x.title for x in self.broadcast.groups if x.id == group)
            ),
            "of": len(rows),
            "revealed": shown,
            "closed": group in self.closed,
            "version": 1 + len(self.corrections),
            "corrections": self.corrections,
            "rows": public,
        }
