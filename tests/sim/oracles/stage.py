"""What must hold in the hall: no microphone open past its end, no cue twice or without a cause."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator

from agents.reducers.live_state import LiveState, step_broadcasts, step_sessions
from agents.reducers.session import Run
from schemas.facts import BroadcastsFact
from schemas.sessions import (
    MicrophoneOrdered,
    PresentationResumed,
    PresentationStarted,
    SessionCommand,
    SessionsMessage,
)
from schemas.topics import Topic
from schemas.wire import Unreadable, decode
from tests.sim.evening import COUNTY
from tests.sim.oracles.log import WatchedBroker
from tests.sim.roles.stage import Given, Microphone, Stage, TakenCut
from tests.sim.town import Post, Town

LOOK_S = 0.1
GRACE_MS = 600
"""A cut is asked again after 100 ms, five times, before an operator is told."""
EXCUSED_S = 1.5
"""So long after it was alone, unwell or in somebody's hand a device may still be wrong."""


class Hall:
    """Looks at the microphone, ten times a second, beside the facts of the log.

    `decided` are the offsets in `sessions` that had an effect by the fold that everybody has.
    """

    def __init__(
        self,
        town: Town,
        broker: WatchedBroker,
        mic: Microphone,
        cuts: list[TakenCut],
        fail: Callable[[str], None],
    ) -> None:
        self._world = town.world
        self._town = town
        self._broker = broker
        self._microphone = mic
        self._cuts = cuts
        self._fail = fail
        self._unattended_s = 0.0
        self._off_since_s: dict[str, float] = {}
        self._away_s: dict[str, float] = {}
        self._pressed_at: dict[str, int] = {}
        self._opened_at: dict[str | None, int] = {}
        self._cuts_told: set[str] = set()
        self._reopened_at: dict[str, int] = {}
        self._folded = {Topic.BROADCASTS: 0, Topic.SESSIONS: 0}
        self._known: set[tuple[str, str]] = set()
        self._wrong_runs: set[str] = set()
        self.state = LiveState()
        self.decided: set[int] = set()

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            self.fold()
            self._look()
            self._look_whether_off()
            self._look_whether_cut()
            await asyncio.sleep(LOOK_S)

    def fold(self) -> None:
        """Bring the fold of the log up to date."""
        for topic, shape in ((Topic.BROADCASTS, BroadcastsFact), (Topic.SESSIONS, SessionsMessage)):
            records = self._broker.everything.get((topic, 0), [])
            for record in records[self._folded[topic] :]:
                try:
                    fact = decode(record.value, shape)
                except Unreadable:
                    fact = None
                if isinstance(fact, SessionCommand):
                    self._pressed_at.setdefault(fact.id, fact.at)
                step = step_broadcasts if topic is Topic.BROADCASTS else step_sessions
                step(self.state, record.offset, fact)
                held = self.state.broadcasts.get(COUNTY)
                if topic is Topic.SESSIONS and held and held.decided_at == record.offset + 1:
                    self.decided.add(record.offset)
                    self._note_opening(fact)
            self._folded[topic] = len(records)
        self._check_time()

    def _check_time(self) -> None:
        """What was used within the limit and over it is what passed, pauses apart."""
        session = self.state.session(COUNTY)
        for run in session.runs.values():
            at = run.finished_at or max(session.at, run.started_at)
            passed_ms = at - run.started_at - run.pauses_ms(at)
            used_ms = run.spent_ms(at) + run.overtime_ms(at)
            if used_ms != passed_ms and run.slot not in self._wrong_runs:
                self._wrong_runs.add(run.slot)
                self._fail(f"{run.slot} used {used_ms} ms of {passed_ms} that passed")

    def _look(self) -> None:
        now_s = self._world.loop.now_s
        now_ms = int(self._world.console_clock.wall_s(now_s) * 1_000)
        run = self.state.session(COUNTY).run
        knowing = self._knowing(run.slot) if run is not None else []
        if not knowing:
            self._unattended_s = now_s
        if run is None or not self._microphone.is_open:
            return
        runs = [run, *(stage.controller.scene.run for stage in knowing if stage.controller.scene)]
        ends_at = max(held.ends_at for held in runs if held.slot == run.slot)
        has_reason = any(held.ordered_open for held in runs)
        microphone = self._microphone
        excused_s = max(self._unattended_s, microphone.unwell_until_s, microphone.opened_by_hand_s)
        if now_ms > ends_at + GRACE_MS and not has_reason and now_s > excused_s + EXCUSED_S:
            self._fail(f"the microphone is open {now_ms - ends_at} ms past its end")

    def _look_whether_off(self) -> None:
        """What is paused, cut, over or a break is not heard, once a controller knows it too."""
        now_s = self._world.loop.now_s
        now_ms = int(self._world.console_clock.wall_s(now_s) * 1_000)
        run = self.state.session(COUNTY).run
        is_off = run is None or is_silent(run, now_ms)
        knowing = dict(self._serving(run, now_ms)) if is_off else dict[str, float]()
        # what opened and closed again between two looks is off only since then
        self._off_since_s = {
            name: max(self._off_since_s.get(name, now_s), opened_s)
            for name, opened_s in knowing.items()
        }
        microphone = self._microphone
        excused_s = max(microphone.unwell_until_s, microphone.opened_by_hand_s) + EXCUSED_S
        known_s = min(self._off_since_s.values(), default=now_s)
        if microphone.is_open and now_s > known_s + GRACE_MS / 1_000 and now_s > excused_s:
            self._fail(f"the microphone is open {now_s - known_s:.1f} s after it had to be off")

    def _note_opening(self, fact: object) -> None:
        """Note what opens a microphone: a cut that was pressed before it is of no more account.

        Of two presses within one ms the log says which came first.
        """
        is_order = isinstance(fact, MicrophoneOrdered)
        if is_order and not fact.is_open:
            self._cuts_told.add(fact.id)
        elif is_order or isinstance(fact, PresentationStarted | PresentationResumed):
            at = self._pressed_at.get(fact.id, fact.at)
            self._opened_at[fact.slot] = max(self._opened_at.get(fact.slot, 0), at)
            self._reopened_at |= dict.fromkeys(self._cuts_told, at)

    def _look_whether_cut(self) -> None:
        """What a controller said that it cut is off, until somebody opened it after that."""
        now_s, microphone = self._world.loop.now_s, self._microphone
        up = {post.name for post in self._town.all("stage") if _is_up(post)}
        self._away_s |= {cut.by: now_s for cut in self._cuts if cut.by not in up}
        run = self.state.session(COUNTY).run
        if run is None or not microphone.is_open:
            return
        for cut in self._cuts:
            excused_s = max(
                self._away_s.get(cut.by, 0.0),
                microphone.unwell_until_s,
                microphone.opened_by_hand_s,
            )
            is_undone = self._reopened_at.get(cut.id, 0) >= cut.ordered_at
            is_last = self._opened_at.get(run.slot, 0) <= cut.ordered_at
            holds = cut.slot == run.slot and is_last and not is_undone
            is_late = now_s > cut.answered_s + GRACE_MS / 1_000 and now_s > excused_s + EXCUSED_S
            if holds and is_late:
                self._fail(f"the microphone is open {now_s - cut.answered_s:.1f} s after {cut}")

    def _serving(self, run: Run | None, now_ms: int) -> Iterator[tuple[str, float]]:
        """The controllers that run, serve what is on by the log, and know that it is silent.

        And when each last served what is heard.
        """
        for post in self._town.all("stage"):
            scene = post.role.controller.scene if post.role is not None else None
            is_same = scene is not None and (run is None or scene.run.slot == run.slot)
            if _is_up(post) and is_same and is_silent(scene.run, now_ms):
                yield post.name, post.role.served_open_s

    def _knowing(self, slot: str) -> list[Stage]:
        """The controllers that run, and knew of this presentation, in this life or an earlier one.

        One that knows of it needs no log any more to cut in time.
        """
        found: list[Stage] = []
        for post in self._town.all("stage"):
            if post.role is not None and post.role.controller.scene is not None:
                self._known.add((post.name, post.role.controller.scene.run.slot))
            if _is_up(post) and (post.name, slot) in self._known:
                found.append(post.role)
        return found


def _is_up(post: Post) -> bool:
    process = post.process
    return process is not None and not process.is_dead and not process.is_frozen


def is_silent(run: Run, now_ms: int) -> bool:
    """Whether a presentation must not be heard at a time."""
    if run.finished_at is not None or run.paused_at is not None or not run.has_microphone:
        return True
    return now_ms >= run.ends_at if run.ordered_open is None else not run.ordered_open


def doubled_cues(given: list[Given], disturbed: list[float]) -> list[str]:
    """Cues that a trigger got twice though nobody was killed, stopped or parted, and no word late.

    `disturbed` are the times at which somebody was (docs/decisions/0017: what is then allowed).
    """
    times: dict[str, list[Given]] = {}
    for each in given:
        times.setdefault(each.cue.id, []).append(each)
    return [
        f"{cue} was given {len(found)} times: {[(each.controller, each.at_s) for each in found]}"
        for cue, found in times.items()
        if len(found) > 1
        and not any(each.was_slow for each in found)
        and not any(found[0].at_s - 10 < at_s < found[-1].at_s + 1 for at_s in disturbed)
    ]


def causeless_cues(given: list[Given], state: LiveState) -> list[str]:
    """Starts and finishes that were cued though no fact with an effect says so."""
    runs = state.session(COUNTY).runs
    started = {run.slot for run in runs.values()}
    finished = {run.slot for run in runs.values() if run.finished_at is not None}
    counted = Counter((each.cue.cue, each.cue.slot, each.cue.id) for each in given)
    found: list[str] = []
    for cue, slots in (("start", started), ("finish", finished)):
        ids: dict[str, set[str]] = {}
        for name, slot, cue_id in counted:
            if name == cue:
                ids.setdefault(str(slot), set()).add(cue_id)
        found += [
            f"{slot}: cues of {cue}: {sorted(held)}" for slot, held in ids.items() if len(held) > 1
        ]
        found += [f"{slot}: a cue of {cue}, and it did not" for slot in ids if slot not in slots]
    return found
