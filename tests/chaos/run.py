"""One chaos run from beginning to end: a shop is opened, broken, left to recover, closed, and judged."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson

from tests.chaos import schedule
from tests.chaos.children import Child
from tests.chaos.cluster import Cluster, settings_of
from tests.chaos.destinations import SECRET
from tests.chaos.faults import Shop
from tests.chaos.plan import SESSION_S, Form
from tests.chaos.recompute import recompute
from tests.chaos.rules import destinations, rulebook
from tests.chaos.scrape import Scraper
from tests.chaos.supervisor import Slot, as_json

APP = "shop"
STREAMS = ("sessions", "intake", "customers")
READY_S = 90.0
SETTLED_S = 600.0
OVERTIME = 1.35
OVERTIME_S_MIN = 900.0
"""Faults may take that much of the planned time, or that much longer; what has not been thrown by then is missing. The
input goes on as long as the faults do, so a slow machine makes a run longer and no easier."""

Say = Callable[[str], None]


class Run:
    """A run in a folder of its own."""

    def __init__(self, form: Form, seed: int, folder: Path, say: Say) -> None:
        self.form = form
        self.seed = seed
        self.folder = folder
        self._say = say
        self._logs = folder / "logs"
        self._cluster = Cluster(folder / "kafka")
        self._slots: dict[str, Slot] = {}
        self._began = time.time()

    async def perform(self) -> dict[str, Any]:
        """Everything up to the evidence on disk; returns what only this process knows."""
        self._logs.mkdir(parents=True)
        rules = self.folder / "rules.yaml"
        rules.write_text(rulebook(self.form.waits))
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._cluster.stop)
            await self._cluster.start()
            self._say("three brokers run")
            settings = settings_of(APP, self._cluster.bootstrap)
            await self._cluster.make_topics(settings, self.folder / "topics.yaml")
            children = await self._start_children(stack)
            self._make_slots(rules, children["destinations"].said)
            scraper = Scraper(list(self._slots.values()), self.folder / "samples.jsonl")
            stack.push_async_callback(self._stop_slots)
            scraping = asyncio.create_task(scraper.run())
            stack.callback(scraping.cancel)
            for slot in self._slots.values():
                if slot.name != "guest":
                    slot.start()
            await self._ready("the shop is open")
            facts = await self._play(children, scraper)
            await self._stop_slots()
            scraping.cancel()
            self._say("the shop is closed; its log is folded once more, undisturbed")
            facts["recomputed"] = await recompute(
                self._cluster.bootstrap, APP, self.folder, self.form.waits, facts["horizon"]
            )
            facts["children"] = {name: await child.end(20) for name, child in children.items() if name != "generator"}
            return await self._collect(facts)

    async def _play(self, children: dict[str, Child], scraper: Scraper) -> dict[str, Any]:
        shop = self._shop(children)
        generator = children["generator"] = await self._start_generator()
        began = time.time()
        playing = asyncio.create_task(schedule.run(shop, self.form, self.seed))
        watching = asyncio.create_task(self._watch(shop, scraper, generator))
        await asyncio.wait([playing], timeout=max(self.form.input_s * OVERTIME, self.form.input_s + OVERTIME_S_MIN))
        in_time = playing.done()
        playing.cancel()
        await asyncio.wait([playing])
        if in_time and not playing.cancelled() and (error := playing.exception()) is not None:
            raise error
        await asyncio.sleep(max(0.0, began + self.form.input_s - time.time()))
        generator_code = await generator.end(60, "stop")
        ended = time.time()
        children["destinations"].tell("calm")
        shop.turn_proxy("none")
        shop.clock.write_text("0")
        self._say(f"no more input after {ended - began:.0f} s; the timers run out")
        await self._ready("all processes are well")
        await asyncio.sleep(
            max(0.0, ended + self.form.waits.longest_s + self.form.waits.lateness_ms / 1000 - time.time())
        )
        settled = await self._settled(scraper)
        watching.cancel()
        return {
            "form": self.form.name,
            "seed": self.seed,
            "began": began,
            "input_ended": ended,
            "horizon": int((time.time()) * 1000) - self.form.waits.lateness_ms - 2000,
            "closed": time.time(),
            "in_time": in_time,
            "settled": settled,
            "generator_code": generator_code,
            "faults": [vars(fault) for fault in shop.faults],
            "hangs": scraper.hangs,
        }

    async def _settled(self, scraper: Scraper) -> bool:
        """Whether nothing is left to read or to deliver."""
        deadline = time.monotonic() + SETTLED_S
        quiet = 0
        while time.monotonic() < deadline:
            live = [slot for slot in self._slots.values() if slot.name != "guest"]
            last = [scraper.last.get(slot.name, {}) for slot in live]
            calm = all(slot.is_ready for slot in live) and all(
                sample.get("lag", 1) < 100 and sample.get("ledger", 1) == 0 for sample in last
            )
            quiet = quiet + 1 if calm else 0
            if quiet >= 4:
                return True
            await asyncio.sleep(1)
        return False

    async def _watch(self, shop: Shop, scraper: Scraper, generator: Child) -> None:
        while True:
            await asyncio.sleep(15)
            scraper.brokers_are_up = shop.calm.is_set()
            ready = [slot.name for slot in self._slots.values() if slot.is_ready]
            self._say(f"{len(shop.faults)} faults, ready: {', '.join(ready)}; generator {generator.said}")

    async def _ready(self, what: str) -> None:
        live = [slot for slot in self._slots.values() if slot.name != "guest"]
        ready = await asyncio.gather(*(slot.ready(READY_S) for slot in live))
        missing = [slot.name for slot, is_ready in zip(live, ready, strict=True) if not is_ready]
        self._say(what if not missing else f"not ready within {READY_S:.0f} s: {', '.join(missing)}")

    async def _start_children(self, stack: AsyncExitStack) -> dict[str, Child]:
        names = destinations(self.form.waits)
        log = self._logs / "chaos.log"
        calls = str(self.folder / "calls.jsonl")
        to = await Child.start(log, "tests.chaos.destinations", str(self.seed), calls, *names)
        stack.push_async_callback(to.end, 10)
        proxy = await Child.start(log, "tests.chaos.proxy", *self._cluster.routes)
        stack.push_async_callback(proxy.end, 10)
        return {"destinations": to, "proxy": proxy}

    async def _start_generator(self) -> Child:
        waits = self.form.waits
        return await Child.start(
            self._logs / "chaos.log",
            "tests.chaos.generator",
            self._cluster.bootstrap,
            f"{APP}-",
            str(self.seed),
            str(waits.factor),
            str(waits.lateness_ms),
            str(self.form.households_per_s),
            str(self.folder / "ledger.jsonl"),
        )

    def _shop(self, children: dict[str, Child]) -> Shop:
        slots = self._slots
        return Shop(
            cluster=self._cluster,
            workers=[slots["worker-1"], slots["worker-2"], slots["worker-3"]],
            dispatchers=[slots["dispatcher-1"], slots["dispatcher-2"]],
            guest=slots["guest"],
            proxied=slots["worker-2"],
            skewed=slots["worker-3"],
            clock=self.folder / "clock",
            turn_proxy=children["proxy"].tell,
            ask_generator=lambda line: children["generator"].tell(line),
            topic_prefix=f"{APP}-",
        )

    def _make_slots(self, rules: Path, port: str) -> None:
        """Some are static members, some are not; one is behind the proxies, two have a clock that can be set wrong: a
        worker and a dispatcher."""
        proxied = {"AFTERCLICK_KAFKA__BOOTSTRAP": self._cluster.bootstrap_proxied}
        skewed = {"CHAOS_CLOCK": str(self.folder / "clock")}
        self._slot("worker-1", rules, STREAMS, {"AFTERCLICK_INSTANCE": "worker-1"})
        self._slot("worker-2", rules, STREAMS, {"AFTERCLICK_INSTANCE": "worker-2", **proxied})
        self._slot("worker-3", rules, STREAMS, skewed)
        self._slot("guest", rules, STREAMS, {})
        to = {
            name: {
                "url": f"http://127.0.0.1:{port}/{name}",
                "secret": SECRET,
                "timeout_s": 3,
                "attempts_max": 100_000,
                "retry_base_s": 0.2,
                "retry_cap_s": 2,
            }
            for name in destinations(self.form.waits)
        }
        dispatches = {
            "AFTERCLICK_DISPATCH__MODE": "on",
            "AFTERCLICK_DISPATCH__DESTINATIONS": orjson.dumps(to).decode(),
        }
        self._slot("dispatcher-1", rules, ("dispatcher",), {**dispatches, "AFTERCLICK_INSTANCE": "dispatcher-1"})
        self._slot("dispatcher-2", rules, ("dispatcher",), {**dispatches, **skewed})

    def _slot(self, name: str, rules: Path, roles: tuple[str, ...], more: dict[str, str]) -> None:
        environment = worker_environment(APP, self._cluster.bootstrap, self.folder / name, self.form) | more
        command = ("run", "--rules", str(rules), *(part for role in roles for part in ("--role", role)))
        self._slots[name] = Slot(name, command, environment, self._logs, roles=len(roles))

    async def _stop_slots(self) -> None:
        await asyncio.gather(*(slot.stop() for slot in self._slots.values()))

    async def _collect(self, facts: dict[str, Any]) -> dict[str, Any]:
        from tests.chaos.readback import read_back

        facts["endings"] = [as_json(ended) for slot in self._slots.values() for ended in slot.endings]
        (self.folder / "facts.json").write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2))
        await read_back(settings_of(APP, self._cluster.bootstrap), self.folder)
        return facts


def worker_environment(app: str, bootstrap: str, data: Path, form: Form) -> dict[str, str]:
    """How the processes of the shop are set up."""
    lateness = str(form.waits.lateness_ms)
    return {
        "AFTERCLICK_APP": app,
        "AFTERCLICK_TOPIC_PREFIX": f"{app}-",
        "AFTERCLICK_KAFKA__BOOTSTRAP": bootstrap,
        "AFTERCLICK_KAFKA__SESSION_TIMEOUT_S": str(SESSION_S),
        "AFTERCLICK_KAFKA__REBALANCE_TIMEOUT_S": "10",
        "AFTERCLICK_LATENESS__CLICKSTREAM_MS": lateness,
        "AFTERCLICK_LATENESS__ORDERS_MS": lateness,
        "AFTERCLICK_DISPATCH__MODE": "off",
        "AFTERCLICK_VECTORS_PER_S": "3",
        "AFTERCLICK_TICK_MS": "200",
        "AFTERCLICK_DATA_DIR": str(data),
    }
