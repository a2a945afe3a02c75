"""What may happen on the way to the log, as a seed wishes (`streams.log.memory.Faults`)."""

from dataclasses import dataclass
from random import Random

from aiokafka.errors import KafkaError

from schemas.topics import Topic
from streams.log.interface import Place
from streams.log.memory import Fate, Faults

CALM_S = 0.003
"""A message's way to a broker on the same network, and back, at most."""


@dataclass(slots=True)
class Weather:
    """Shares of all messages or fetches, and how late what is late may be (s)."""

    late: float = 0.0
    latest_s: float = 3.0
    lost: float = 0.0
    lost_acks: float = 0.0
    refused: float = 0.0
    doubled: float = 0.0
    small: float = 0.0
    held_back: float = 0.0
    old_ends: float = 0.0

    @property
    def is_slow(self) -> bool:
        """Whether a word may need longer than usual to be heard."""
        return any((self.late, self.lost, self.lost_acks, self.refused, self.held_back))


CALM = Weather()


def storm(chance: Random) -> Weather:
    """One evening's weather: each kind of fault is there or not, and more or less of it."""

    def some(most: float) -> float:
        return chance.choice((0.0, most / 5, most))

    return Weather(
        late=some(0.05),
        latest_s=chance.choice((0.5, 3.0, 6.0)),
        lost=some(0.01),
        lost_acks=some(0.03),
        refused=some(0.01),
        doubled=some(0.03),
        small=some(0.5),
        held_back=some(0.1),
        old_ends=some(0.1),
    )


class Sky(Faults):
    """One process's luck on its way to the log."""

    def __init__(self, chance: Random, weather: Weather) -> None:
        self._chance = chance
        self.weather = weather

    def write(self, topic: Topic, partition: int, value: bytes) -> Fate:
        """What becomes of a message."""
        chance, weather = self._chance, self.weather
        there_s, back_s = chance.uniform(0, CALM_S), chance.uniform(0, CALM_S)
        luck = chance.random()
        if luck < weather.refused:
            return Fate(error=KafkaError("refused, by the simulation"))
        if luck < weather.refused + weather.lost:
            return Fate(copies=0, ack_after_s=None)
        if chance.random() < weather.late:
            there_s = chance.uniform(0, weather.latest_s)
        if chance.random() < weather.late:
            back_s = chance.uniform(0, weather.latest_s)
        is_lost = chance.random() < weather.lost_acks
        copies = 2 if chance.random() < weather.doubled else 1
        return Fate(None, there_s, copies, None if is_lost else back_s)

    def fetch(self, place: Place, waiting: int) -> int:
        """How many messages a fetch brings."""
        chance, weather = self._chance, self.weather
        if weather.held_back and chance.random() < weather.held_back:
            return 0
        if weather.small and chance.random() < weather.small:
            return min(waiting, chance.randint(1, 3))
        return waiting

    def answer_after_s(self) -> float:
        """How old an answer is."""
        is_old = self._chance.random() < self.weather.old_ends
        return self._chance.uniform(0, 1.0) if is_old else self._chance.uniform(0, CALM_S)
