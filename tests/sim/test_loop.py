"""The ground of the simulation: time jumps, order is a seed's, a killed process is silent."""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import pytest

from tests.sim.loop import Asleep, Spins, VirtualLoop, bury
from tests.sim.process import CURRENT, Clock, Process


def run(
    main: Callable[[VirtualLoop], Coroutine[Any, Any, Any]], seed: int = 1
) -> tuple[Any, VirtualLoop]:
    loop = VirtualLoop(Random(seed))
    try:
        return loop.run_until_complete(main(loop)), loop
    finally:
        bury(loop)
        loop.close()


def start(process: Process, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start work in a process."""
    token = CURRENT.set(process)
    try:
        return asyncio.create_task(work)
    finally:
        CURRENT.reset(token)


def test_an_hour_takes_no_time_and_ends_to_the_microsecond() -> None:
    async def main(loop: VirtualLoop) -> float:
        began = loop.time()
        await asyncio.sleep(3_600)
        return loop.time() - began

    elapsed, loop = run(main)
    assert elapsed == pytest.approx(3_600, abs=1e-6)
    assert loop.turns < 10


def test_within_a_process_callbacks_keep_their_order_and_between_processes_a_seed_chooses() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        said: list[str] = []

        async def say(name: str) -> None:
            for number in range(5):
                said.append(f"{name}{number}")
                await asyncio.sleep(0)

        tasks = [start(Process(name, n + 1), say(name)) for n, name in enumerate("abc")]
        await asyncio.gather(*tasks)
        return said

    orders = {seed: tuple(run(main, seed)[0]) for seed in range(8)}
    for order in orders.values():
        for name in "abc":
            assert [word for word in order if word[0] == name] == [f"{name}{n}" for n in range(5)]
    assert len(set(orders.values())) > 5
    assert all(tuple(run(main, seed)[0]) == order for seed, order in orders.items())


def test_nothing_of_a_killed_process_runs_again_not_even_its_finally() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        said: list[str] = []

        async def work() -> None:
            try:
                await asyncio.sleep(1)
                said.append("went on")
            finally:
                said.append("cleaned up")
                await asyncio.sleep(1)

        process = Process("doomed", 1)
        start(process, work())
        await asyncio.sleep(0.5)
        loop.kill(process)
        await asyncio.sleep(10)
        return list(said)

    assert run(main)[0] == []


def test_a_frozen_process_goes_on_where_it_was_and_its_clock_ran_on() -> None:
    async def main(loop: VirtualLoop) -> list[float]:
        seen: list[float] = []

        async def work() -> None:
            while True:
                await asyncio.sleep(1)
                seen.append(round(loop.time() - began, 3))

        process = Process("stopped", 1)
        began = process.clock.steady_s(0)
        start(process, work())
        await asyncio.sleep(2.5)
        loop.freeze(process)
        await asyncio.sleep(5)
        loop.thaw(process)
        await asyncio.sleep(2)
        return seen

    assert run(main)[0] == [1, 2, 7.5, 8.5, 9.5]


def test_each_process_waits_by_its_own_clock() -> None:
    async def main(loop: VirtualLoop) -> tuple[float, float]:
        async def work() -> float:
            await asyncio.sleep(100)
            return loop.now_s

        fast = start(Process("fast", 1, Clock(rate=1.01)), work())
        slow = start(Process("slow", 2, Clock(rate=0.99)), work())
        return await fast, await slow

    fast, slow = run(main)[0]
    assert (fast, slow) == (pytest.approx(100 / 1.01), pytest.approx(100 / 0.99))


def test_what_spins_and_what_waits_for_nothing_is_said() -> None:
    async def spin(loop: VirtualLoop) -> None:
        while True:
            await asyncio.sleep(0)

    async def wait(loop: VirtualLoop) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Spins):
        run(spin)
    with pytest.raises(Asleep):
        run(wait)


def test_a_run_is_a_function_of_its_seed() -> None:
    async def main(loop: VirtualLoop) -> int:
        async def work(number: int) -> None:
            for _ in range(20):
                done, _ = await asyncio.wait(
                    [asyncio.create_task(asyncio.sleep(number / 10)) for _ in range(5)]
                )
                for task in done:  # in the order of a set
                    await asyncio.sleep(hash(task) % 7 / 1_000)

        await asyncio.gather(*(start(Process(f"p{n}", n), work(n)) for n in range(1, 6)))
        return loop.digest

    digests = [run(main, seed)[0] for seed in (1, 2, 3, 1, 2, 3)]
    assert digests[:3] == digests[3:]
    assert len(set(digests)) == 3
