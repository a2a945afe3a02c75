"""Plays a presentation day: an operator at the desk, evaluators on phones, groups revealed."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agents.reducers.group_board import board_name
from tribune.demo.evaluators import TIE, Paper, papers
from tribune.demo.operator import NOBODY, RETRY_S, CannotPlay, Operator, told
from tribune.demo.session_screen import SessionScreen, State, is_off
from tribune.demo.short_day import ShortDay, Turn, is_short

# With RETRY_S of the operator 10 s: as long as a role that was killed may take to come back
TRIES = 40
# A slot that was played on a busy machine; the checks judge lateness, this only ends the wait
WITHIN_S = 20.0
# Long enough to be seen in the ledger, short beside a slot of 4 s
PAUSE_S = 0.5
# As PAUSE_S
ADDED_MS = 1_000
# Evaluators press in the same moment; the console bounds each of them alone
AT_ONCE = 16
FORBIDDEN, CONFLICT = 403, 409

Cards = Callable[[str], str]
"""The token of an evaluator's card."""
Say = Callable[[str], None]


class TooLate(CannotPlay):
    """The rules refuse a command as things stand by now."""


@dataclass(slots=True)
class Seen:
    """What was seen on the way that nothing shows afterwards."""

    go_to_screen_ms: list[float] = field(default_factory=list[float])
    not_cut: list[str] = field(default_factory=list[str])
    told_early: list[str] = field(default_factory=list[str])
    own_marked: list[str] = field(default_factory=list[str])
    marks: int = 0
    wrong_steps: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Day:
    """One played presentation day; `turns` is what really happened in each slot."""

    operator: Operator
    screen: SessionScreen
    broadcast: dict[str, Any]
    short: ShortDay
    cards: Cards
    say: Say
    papers: dict[str, Paper] = field(default_factory=dict[str, Paper])
    turns: dict[str, Turn] = field(default_factory=dict[str, Turn])
    boards: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    seen: Seen = field(default_factory=Seen)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @property
    def formula(self) -> dict[str, Any]:
        """The newest version of the formula that ranks the groups."""
        name = self.short.groups[0]["formula"]
        own = [formula for formula in self.broadcast["formulas"] if formula["id"] == name]
        return max(own, key=lambda formula: formula["version"])

    async def play(self) -> None:
        """Play every group: its presentations, its marks, its reveal.

        Raises:
            CannotPlay: the console refuses something.
        """
        self.papers = papers(self.short.slots, self.broadcast["evaluators"], self.formula)
        await self._clear_the_stage()
        for group in self.short.groups:
            self.say(f"presentations of {group['title']['en']}")
            slots = self.short.slots_of(group["id"])
            marking: list[asyncio.Task[None]] = []
            try:
                for slot in slots:
                    await self._present(slot)
                    marking.append(asyncio.create_task(self._mark(slot["id"])))
                await asyncio.gather(*marking)
            finally:
                for task in marking:
                    task.cancel()
            await self._reveal(group, len(slots))
        self.say(f"the day is over: {len(self.short.slots)} presentations, {self.seen.marks} marks")

    async def _clear_the_stage(self) -> None:
        """Finish what a demo that was stopped left on."""
        path = f"/api/broadcasts/{self.broadcast['id']}/session"
        left = (await self.operator.get(path))["slot"]
        if left is not None and is_short(left):
            await self._press("finish_presentation", left, lambda state: state["slot"] != left)

    async def _present(self, slot: dict[str, Any]) -> None:
        # the middle of a slot: what happens there has room on both sides
        name, half_s = slot["id"], slot["allotted_ms"] / 2_000
        pressed = time.monotonic()
        state = await self._press("start_presentation", name, lambda state: state["slot"] == name)
        if await self.screen.until(lambda state: name in self.screen.on_at, WITHIN_S):
            self.seen.go_to_screen_ms.append((self.screen.on_at[name] - pressed) * 1_000)
        self.say(f"{name}, {slot['presenter']['en']}: on until {_clock(state['ends_at'])}")
        turn = self.short.turns[name]
        if turn != "limit":
            await asyncio.sleep(half_s)
            try:
                state = await self._do(turn, name)
            except TooLate as error:
                self.say(str(error))
                turn = "limit"
        self.turns[name] = turn
        if turn != "finished":
            if turn != "cut":
                await self._await_limit(state["ends_at"])
            await self._await_cut(name, state["started_at"])
            await self._press("finish_presentation", name, lambda state: state["slot"] != name)
        if not await self.screen.until(is_off, WITHIN_S):
            self.seen.not_cut.append(name)

    async def _do(self, turn: Turn, name: str) -> State:
        """Do what happens in this slot; gives the state after it."""
        if turn == "finished":
            return await self._press("finish_presentation", name, lambda now: now["slot"] != name)
        if turn == "cut":
            return await self._press(
                "cut_microphone", name, lambda now: not now["microphone"]["is_open"]
            )
        if turn == "added":
            return await self._press(
                "add_time", name, lambda now: now["added_ms"] > 0, added_ms=ADDED_MS
            )
        await self._press("pause_presentation", name, lambda now: now["paused_at"] is not None)
        await asyncio.sleep(PAUSE_S)
        return await self._press("resume_presentation", name, lambda now: now["paused_at"] is None)

    async def _await_limit(self, ends_at: int) -> None:
        """Wait until the time is over, by this machine's clock, which is the console's too."""
        await asyncio.sleep(max(0.0, ends_at / 1_000 - time.time()))

    async def _await_cut(self, name: str, since: int) -> None:
        if not await self.screen.until(lambda state: is_off(state, since), WITHIN_S):
            self.seen.not_cut.append(name)

    async def _press(
        self, command: str, slot: str, is_done: Callable[[State], bool], **more: Any
    ) -> State:
        """Press a key at the desk, as often as it takes until it is done, never twice.

        Raises:
            CannotPlay: the rules refuse it.
        """
        path = f"/api/broadcasts/{self.broadcast['id']}"
        order = {"command": command, "slot": slot, **more}
        answer = NOBODY
        for _ in range(TRIES):
            state = await self.operator.get(f"{path}/session")
            if is_done(state):
                return state
            answer = await self.operator.ask(
                "POST", f"{path}/commands", order, if_match=state["seq"]
            )
            if answer.status == 200:
                return answer.body
            if answer.status == CONFLICT:
                raise TooLate(f"{command} of {slot} was refused: {told(answer)}")
            if answer.status not in (0, 202, 412, 503):
                raise CannotPlay(f"{command} of {slot} was refused: {told(answer)}")
            await asyncio.sleep(RETRY_S)
        raise CannotPlay(f"{command} of {slot} was not followed: {told(answer)}")

    async def _mark(self, slot: str) -> None:
        """Every evaluator says what they think, on their own phone."""
        paper = self.papers[slot]
        bodies: dict[str, Any] = {
            one: {"marks": marks, "submitted": True} for one, marks in paper.given.items()
        }
        bodies |= {one: {"recused": TIE} for one in paper.recused}
        await asyncio.gather(
            *(self._send(slot, one, body) for one, body in bodies.items()),
            *(self._send_own(slot, one) for one in paper.own),
        )

    async def _send(self, slot: str, evaluator: str, body: Any) -> None:
        async with self._turn:
            path = f"/api/slots/{slot}/marks"
            await self.operator.sure("PUT", path, body, token=self.cards(evaluator))
            self.seen.marks += 1

    async def _send_own(self, slot: str, evaluator: str) -> None:
        """Nobody marks their own unit: this must be refused."""
        body = {"marks": {entry["id"]: 0 for entry in self.formula["criteria"]}, "submitted": True}
        token = self.cards(evaluator)
        answer = await self.operator.ask("PUT", f"/api/slots/{slot}/marks", body, token=token)
        if answer.status != FORBIDDEN:
            self.seen.own_marked.append(f"{evaluator} on {slot}: {answer.status}")

    async def _reveal(self, group: dict[str, Any], count: int) -> None:
        """Close a group and reveal its board, from the last place up."""
        name, board = group["id"], f"/api/boards/{board_name(group['id'])}"
        await self.operator.sure("POST", f"/api/groups/{name}/close")
        await self._until(board, None, lambda held: held["status"] == "final")
        early = await self.operator.ask("GET", board, token="")
        if early.status != FORBIDDEN:
            self.seen.told_early.append(f"{name}: {early.status}")
        for rows in range(1, count + 1):
            step = {"rows": rows if rows < count else "all"}
            await self.operator.sure("POST", f"/api/groups/{name}/reveal", step)
            held = await self._until(board, "", lambda held, rows=rows: held["revealed"] >= rows)
            if len(held["rows"]) != rows:
                self.seen.wrong_steps.append(f"{name}: {len(held['rows'])} rows, not {rows}")
            self.boards[name] = held
        first = self.boards[name]["rows"][0]
        score = f"{first['score'] / 100:.2f}"
        self.say(f"{group['title']['en']}: {first['slot']} is first with {score}")

    async def _until(
        self, path: str, token: str | None, is_so: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """Ask for a board until it is as it should be.

        Raises:
            CannotPlay: it does not come to that.
        """
        answer = NOBODY
        for _ in range(TRIES * 2):
            answer = await self.operator.ask("GET", path, token=token)
            if answer.status == 200 and is_so(answer.body):
                return answer.body
            await asyncio.sleep(RETRY_S)
        raise CannotPlay(f"{path} does not become what it should be: {told(answer)}")


def _clock(at_ms: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at_ms / 1_000))
