"""The log in memory, as Kafka keeps it: for the simulation.

It runs on the loop that runs, by its clock and no other, so that a virtual clock can turn it. What
goes wrong is said by `Faults` (each process has its own), and by `cut` and `mend`.
"""

from streams.log.memory.broker import MemoryBroker
from streams.log.memory.faults import WELL, Fate, Faults
from streams.log.memory.log import MemoryLog

__all__ = ["WELL", "Fate", "Faults", "MemoryBroker", "MemoryLog"]
