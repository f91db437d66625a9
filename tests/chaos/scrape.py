"""Once a second: what the metrics of every process show, into the run folder."""

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from tests.chaos.supervisor import Slot

EVERY_S = 1.0
ANSWER_S = 2.0
HANG_S = 100.0
"""Neither ready nor restoring anything for so long: the product's own watchdog should have ended the process."""

SERIES = re.compile(
    r"^afterclick_(ready|lag_records|oldest_due_timestamp_seconds|gate_timestamp_seconds|ledger|keys|restored_total)"
    r"(?:\{([^}]*)\})? ([0-9.e+-]+)$",
    re.MULTILINE,
)
WHOSE = re.compile(r'(?:partition|stage)="(\w+)"')


class Scraper:
    """Looks at all slots; keeps `is_ready` of each up to date, and notices those that hang."""

    def __init__(self, slots: Sequence[Slot], file: Path) -> None:
        self._slots = slots
        self._file = file.open("wb")
        self.hangs: list[dict[str, Any]] = []
        self.brokers_are_up = True
        self.last: dict[str, dict[str, Any]] = {}
        """The newest sample of each slot."""

    async def run(self) -> None:
        """Look until cancelled."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(force_close=True)) as client:
            while True:
                began = time.monotonic()
                await asyncio.gather(*(self._look(client, slot) for slot in self._slots))
                self._file.flush()
                await asyncio.sleep(max(0.05, EVERY_S - (time.monotonic() - began)))

    async def _look(self, client: aiohttp.ClientSession, slot: Slot) -> None:
        pid = slot.pid
        if pid is None:
            return
        sample: dict[str, Any] = {"at": round(time.time(), 2), "slot": slot.name, "pid": pid, "ready": 0}
        try:
            async with client.get(f"http://127.0.0.1:{slot.port}/metrics") as answer:
                sample |= digest(await answer.text())
        except (aiohttp.ClientError, TimeoutError, OSError):
            sample["silent"] = 1
        if slot.pid != pid:
            return
        slot.is_ready = sample["ready"] >= slot.roles and not slot.is_paused
        before = self.last.get(slot.name, {})
        gets_on = sample.get("restored", 0) > before.get("restored", 0) and before.get("pid") == pid
        if slot.is_ready or slot.is_paused or gets_on or not self.brokers_are_up:
            slot.unready_since = time.time()
        elif time.time() - slot.unready_since > HANG_S:
            self.hangs.append({"slot": slot.name, "pid": pid, "at": time.time()})
            slot.show_stacks()
            await asyncio.sleep(1)
            slot.unready_since = time.time()
            slot.kill()
        self.last[slot.name] = sample
        self._file.write(orjson.dumps(sample) + b"\n")


def digest(text: str) -> dict[str, Any]:
    """What the time-line needs of one `/metrics`."""
    ready: list[float] = []
    lag = ledger = keys = restored = 0.0
    dues: list[float] = []
    gates: dict[str, float] = {}
    for name, labels, value in SERIES.findall(text):
        number = float(value)
        match name:
            case "ready":
                ready.append(number)
            case "lag_records":
                lag += number
            case "ledger":
                ledger += number
            case "keys":
                keys += number
            case "restored_total":
                restored += number
            case "oldest_due_timestamp_seconds":
                dues += [number] if number else []
            case "gate_timestamp_seconds":
                gates["-".join(WHOSE.findall(labels))] = number
    return {
        "ready": int(sum(ready)),
        "lag": lag,
        "ledger": ledger,
        "keys": keys,
        "restored": restored,
        "oldest_due": min(dues, default=None),
        "gates": gates,
    }
