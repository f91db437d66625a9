"""One destination that works, beside eight that hang and beside eight that work: from trigger to call, as a ratio.

`python -m tests.bench.starvation` measures it alone; the last line is one line of JSON.
"""

import asyncio
import logging
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
import structlog

from agents.demo.broker import Kafka
from tests.agents.dispatch.receiver import Receiver, answers, hangs
from tests.agents.dispatch.stage import Stage, staged
from tests.bench.processes import machine
from tests.waiting import until

DESTINATIONS = 9
IN_FLIGHT_MAX = 64
"""Fewer than eight times the eight calls that those which hang would like to have."""
ROUNDS = 4
A_ROUND, PER_S = 100, 20
"""Triggers of each destination."""


def measure(kafka: Kafka) -> dict[str, float]:
    """p50 and p99 of the one that works, in ms, without and with eight that hang, in rounds by turns; and the ratio."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    calm: list[float] = []
    beside: list[float] = []
    for _ in range(ROUNDS):
        calm += asyncio.run(_round(kafka, hanging=False))
        beside += asyncio.run(_round(kafka, hanging=True))
    calm.sort()
    beside.sort()
    for name, took in (("none hangs", calm), ("eight hang", beside)):
        print(f"  {name}: {len(took)} calls, p50 {_part(took, 0.5):.1f} ms, p99 {_part(took, 0.99):.1f} ms")
    return {
        "healthy_ms_p99": round(_part(calm, 0.99), 1),
        "healthy_ms_p99_beside_hanging": round(_part(beside, 0.99), 1),
        "healthy_p99_ratio": round(_part(beside, 0.99) / _part(calm, 0.99), 2),
        "healthy_p50_ratio": round(_part(beside, 0.5) / _part(calm, 0.5), 2),
    }


def _part(sorted_: list[float], share: float) -> float:
    return sorted_[int(len(sorted_) * share)]


async def _round(kafka: Kafka, *, hanging: bool) -> list[float]:
    names = [f"esp{number}" for number in range(DESTINATIONS)]
    async with AsyncExitStack() as stack:
        receivers = {
            name: await stack.enter_async_context(Receiver(hangs if hanging and name != names[-1] else answers(200)))
            for name in names
        }
        destinations = {name: {"url": receiver.url, "timeout_s": 5} for name, receiver in receivers.items()}
        dispatch = {"destinations": destinations, "in_flight_max": IN_FLIGHT_MAX}
        stage = await stack.enter_async_context(staged(kafka, dispatch))
        await stack.enter_async_context(stage.dispatcher())
        healthy = receivers[names[-1]]
        await _fire(stage, names, "WARM", 20)
        await until(lambda: len(healthy.calls) == 20)
        fired = await _fire(stage, names, "T", A_ROUND)
        await until(lambda: len(healthy.calls) == 20 + A_ROUND)
        return [(call.at_s - fired[call.id]) * 1000 for call in healthy.calls if call.id in fired]


async def _fire(stage: Stage, names: list[str], prefix: str, number: int) -> dict[str, float]:
    """So many triggers for each destination, at an even pace; when those of the last one were written, s."""
    now, written = asyncio.get_running_loop().time, {}
    begin_s = now()
    for turn in range(number):
        await asyncio.sleep(max(0.0, begin_s + turn / PER_S - now()))
        for name in names:
            await stage.fire(f"{prefix}-{name}-{turn}", destination=name)
        written[f"{prefix}-{names[-1]}-{turn}"] = now()
    return written


def main() -> None:
    """Measure it alone."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder, Kafka.start(Path(folder) / "kafka", quick=False) as kafka:
        print(orjson.dumps(measure(kafka)).decode())


if __name__ == "__main__":
    main()
