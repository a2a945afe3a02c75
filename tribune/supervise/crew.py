"""All that runs under one `tribune up`, and the order in which it stops."""

import asyncio
from collections.abc import Iterable

from tribune.supervise.role_runner import Role, RoleContext, RoleRunner, first_of

Step = tuple[str, ...]

ROLE_STEPS: tuple[Step, ...] = (
    ("gateway", "console", "stage"),
    ("worker", "push"),
    ("archive",),
)
SERVER_STEP: Step = ("clickhouse", "broker")
# Who writes to the disk what it holds.
TAKE_LONG: Step = ("archive", *SERVER_STEP)
# Below the 10 s after which Docker kills what it was told to stop
STOP_WITHIN_S = 9.5
# Reserved for each step that follows; who writes to no disk only takes leave of its peers
STEP_WITHIN_S = 2.0
# Who was left no time is told to stop all the same, and may end at once
LEAST_S = 0.1
# One line more for who wonders, above the five seconds that a whole start usually takes
TELL_EVERY_S = 5.0


class Crew:
    """The runners, by the names of their roles."""

    def __init__(self, context: RoleContext) -> None:
        self._context = context
        self._clock = asyncio.get_running_loop().time
        self._runners: dict[str, RoleRunner] = {}

    def __bool__(self) -> bool:
        return bool(self._runners)

    def keep(self, role: Role, begins: asyncio.Event | None = None) -> RoleRunner:
        """Keep a role running, unless that is done already; it may load first, and begin later."""
        if role.name not in self._runners:
            self._runners[role.name] = RoleRunner(role, self._context, begins)
        return self._runners[role.name]

    def kill(self) -> None:
        """Kill everything now."""
        for runner in self._runners.values():
            runner.kill()

    def say(self, text: str) -> None:
        """Say something about the whole."""
        self._context.screen.line("tribune", text)

    async def await_ready(
        self, runners: Iterable[RoleRunner], within_s: float = float("inf")
    ) -> bool:
        """Wait until all are well, and say who is not; false when one gave up, or took too long."""
        deadline = self._clock() + within_s
        waiting = list(runners)
        while waiting and (left_s := deadline - self._clock()) > 0:
            await first_of(
                [event for one in waiting for event in (one.ready, one.gave_up)],
                min(TELL_EVERY_S, left_s),
            )
            if any(runner.gave_up.is_set() for runner in waiting):
                return False
            was, waiting = waiting, [runner for runner in waiting if not runner.ready.is_set()]
            for runner in waiting if was == waiting else ():
                why = "; ".join(runner.problems) or "no answer yet"
                self.say(f"still waiting for {runner.role.name}: {why}")
        return not waiting

    async def stop(self, *steps: Step) -> bool:
        """Stop roles, one step after the other; false when one had to be killed.

        What may take long gets the time that the others leave.
        """
        deadline = self._clock() + STOP_WITHIN_S
        in_time = True
        for place, step in enumerate(steps):
            reserved_s = STEP_WITHIN_S * (len(steps) - place - 1)
            left_s = max(deadline - self._clock() - reserved_s, LEAST_S)
            runners = [self._runners[name] for name in step if name in self._runners]
            stopping = (self._stop_one(runner, left_s) for runner in runners)
            in_time &= all(await asyncio.gather(*stopping))
        return in_time

    async def _stop_one(self, runner: RoleRunner, left_s: float) -> bool:
        began = self._clock()
        takes_long = runner.role.name in TAKE_LONG
        in_time = await runner.stop(left_s if takes_long else min(left_s, STEP_WITHIN_S))
        self._runners.pop(runner.role.name, None)
        took = f"after {self._clock() - began:.1f} s"
        how = "stopped" if in_time else "did not stop and was killed,"
        self.say(f"  {runner.role.name} {how} {took}")
        return in_time
