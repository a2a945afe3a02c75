"""What a worker counts, in Prometheus form."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge


@dataclass(slots=True)
class Metrics:
    """One registry, and what is counted in it."""

    registry: CollectorRegistry
    frames: Counter = field(init=False)
    ballots: Counter = field(init=False)
    refold_seconds: Gauge = field(init=False)
    lag: Gauge = field(init=False)
    dead_letters: Counter = field(init=False)
    tallies: Counter = field(init=False)
    boards: Counter = field(init=False)
    commands: Counter = field(init=False)

    def __post_init__(self) -> None:
        at = self.registry
        self.frames = Counter(
            "tribune_frames_folded", "Frames folded, replays included", registry=at
        )
        self.ballots = Counter("tribune_ballots_folded", "Ballots in those frames", registry=at)
        self.refold_seconds = Gauge(
            "tribune_refold_seconds", "Length of the last replay", registry=at
        )
        self.lag = Gauge(
            "tribune_fold_lag_messages", "Messages not folded yet", ["topic"], registry=at
        )
        self.dead_letters = Counter(
            "tribune_dead_letters", "Messages that could not be read", registry=at
        )
        self.tallies = Counter("tribune_tallies_said", "Tallies written", registry=at)
        self.boards = Counter("tribune_boards_said", "Boards written", registry=at)
        self.commands = Counter(
            "tribune_commands_answered", "Facts that follow commands", ["fact"], registry=at
        )
