"""The roles of a simulated evening, each kept alive as the supervisor keeps it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tests.sim.process import Clock, Process
from tests.sim.world import World

BACK_AFTER_S = (0.05, 1.0)
"""The supervisor starts a role again at once, or after a first back-off."""


class Role(Protocol):
    """One life of a role."""

    async def run(self) -> None:
        """Work for good."""
        ...


@dataclass(slots=True, eq=False)
class Post:
    """A role's place: how one of its lives is made, the one that lives, and its machine's clock."""

    name: str
    make: Callable[[Process], Role]
    clock: Clock
    process: Process | None = None
    role: Any = None
    lives: int = 0


class Town:
    """All posts; whatever dies is started again a moment later."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.posts: dict[str, Post] = {}
        self._chance = world.chance_of("town")

    def settle(self, name: str, make: Callable[[Process], Role]) -> None:
        """Start a role for good, on a machine of its own."""
        clock = Clock(
            rate=1 + self._chance.uniform(-1e-4, 1e-4), ahead_s=self._chance.uniform(-0.05, 0.05)
        )
        if name.startswith("console"):
            self.world.console_clock = clock
        self.posts[name] = Post(name, make, clock)
        self._begin(self.posts[name])

    def all(self, kind: str) -> list[Post]:
        """Every post of a kind, such as `gateway`."""
        return [post for post in self.posts.values() if post.name.split("-")[0] == kind]

    def kill(self, post: Post) -> None:
        """End a life, as kill -9 does."""
        if post.process is not None and not post.process.is_dead:
            self.world.kill(post.process)

    def look(self) -> None:
        """Start what is dead again, and look again soon."""
        for post in self.posts.values():
            if post.process is not None and post.process.is_dead:
                post.process = None
                self.world.loop.after(self._chance.uniform(*BACK_AFTER_S), self._begin, post)
        self.world.loop.after(BACK_AFTER_S[0], self.look)

    def _begin(self, post: Post) -> None:
        post.lives += 1

        async def live(process: Process) -> None:
            post.role = self.world.roles[process] = post.make(process)
            await post.role.run()

        post.process = self.world.start(f"{post.name}.{post.lives}", live, post.clock)
