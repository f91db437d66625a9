"""Resident bytes a visitor, by stage: while the visit is open, when all is at rest, and after a restart.

Ten clicks of each visitor in ten minutes, then silence for hours; one partition of everything, and no orders. Each
figure is a difference between two looks at a process of its own, all garbage given back to the system. `open` and
`resting` have all visitors at one time, and Python keeps for the next ones what is freed between those who stay;
`in turn` has them as a shop does, a twentieth at a time.
"""

import ctypes
import gc
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson

from agents.core import core
from agents.garbage import collect_rarely
from agents.rulebook_file import SHIPPED, load_rulebook
from schemas.topics import Topic
from streams.layout import Layout
from streams.profiles.customer_stage import CustomerStage
from streams.replay import Given
from streams.stage import POSITION_KEY, Batch, Effects
from streams.time.watermarks import source_name
from streams.visits.session_stage import SessionStage
from tests.bench.shop_day import ORDER, Event, kind_at, record

CLICKS_EACH = 10
MINUTE_MS = 60_000
SILENCE_MS = 3 * 60 * MINUTE_MS
LATENESS_MS = 5000
RECORDS_MAX = 40_000
TURNS = 20
CLICKS_0, ORDERS_0 = source_name(Topic.CLICKSTREAM, 0), source_name(Topic.ORDERS, 0)
STATES = ("open", "resting")
INBOXES = (Topic.VISITOR_INBOX, Topic.CUSTOMER_INBOX)

Pair = tuple[bytes, bytes]
Figures = dict[str, int]


class Crowd(NamedTuple):
    """So many visitors, signed in or not, until `now`, ms, in a shop with those of the shipped `rules`."""

    visitors: int
    signed_in: bool
    now: int
    rules: str


Part = Callable[[Path, Crowd], Figures]
"""Holds a stage with the crowd, and says how many bytes each visitor takes."""


def measure(visitors: int, *, signed_in: bool, rules: str = "plain") -> dict[str, object]:
    """Bytes a visitor by stage and state, and those of the compacted changelogs, keys included."""
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder, crowd = Path(name), Crowd(visitors, signed_in, time.time_ns() // 1_000_000, rules)
        parts: list[tuple[Part, Path]] = [(hold_visitors, folder)]
        if signed_in:
            parts.append((hold_customers, folder))
        else:
            parts.append((hold_in_turn, folder))
        for part, place in parts:
            figures |= apart(part, place, crowd)
        roles = ("sessions", "customers") if signed_in else ("sessions",)
        for log in [folder / f"{role}.{state}" for role in roles for state in STATES]:
            figures[f"{log.name} changelog"] = round(compact(log) / visitors)
            figures |= apart(hold_restored, log, crowd)
    return {"core": core(), "rules": rules, "visitors": visitors, "signed_in": signed_in, "bytes_per_visitor": figures}


def resident() -> int:
    """This process's memory once all garbage is given back, bytes."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# -- each in a process of its own ----------------------------------------------------------------------------------


def hold_visitors(folder: Path, crowd: Crowd) -> Figures:
    """The first stage. What it tells customers, and its changelog in both states, go into the folder."""
    stage, figures = _sessions(crowd.rules), Figures()
    before = resident()
    stage.heard({ORDERS_0: crowd.now})
    for state, batches in zip(
        STATES, (_chunks(clicks(crowd.visitors, crowd.signed_in, crowd.now - SILENCE_MS)), iter([[]])), strict=True
    ):
        with (folder / f"told.{state}").open("wb") as told, _log(folder / f"sessions.{state}") as log:
            while (records := next(batches, None)) is not None:
                _fold(stage, Topic.CLICKSTREAM, records, crowd.now, asked=None if records else crowd.now)
                del records  # or the last of them would be taken for state
                told.write(_taken(stage, log))
        figures[f"sessions.{state}"] = round((resident() - before) / crowd.visitors)
    return figures


def hold_in_turn(folder: Path, crowd: Crowd) -> Figures:
    """The first stage when a twentieth of the visitors after the other has come and is at rest."""
    stage, each = _sessions(crowd.rules), crowd.visitors // TURNS
    before = resident()
    for turn in range(TURNS):
        begin = crowd.now - (TURNS - turn) * SILENCE_MS
        for records in _chunks(clicks(each, crowd.signed_in, begin, first=turn * each)):
            _fold(stage, Topic.CLICKSTREAM, records, begin + CLICKS_EACH * MINUTE_MS)
            del records
            stage.take()
        for at in range(begin, begin + SILENCE_MS + 1, MINUTE_MS):
            stage.heard({ORDERS_0: at})
            _fold(stage, Topic.CLICKSTREAM, [], at, asked=at)
            stage.take()
    return {"sessions.resting in turn": round((resident() - before) / (each * TURNS))}


def hold_customers(folder: Path, crowd: Crowd) -> Figures:
    """The second stage, from what the first has told."""
    stage, figures = _customers(crowd.rules), Figures()
    before = resident()
    stage.heard({ORDERS_0: crowd.now})
    for state in STATES:
        with (folder / f"told.{state}").open("rb") as told, _log(folder / f"customers.{state}") as log:
            for line in told:
                _hear(stage, line, crowd.now)
                _write(log, stage.take())
        figures[f"customers.{state}"] = round((resident() - before) / crowd.visitors)
    return figures


def _taken(stage: SessionStage, log: BinaryIO) -> bytes:
    """Write the changelog; what customers are told, and how far time has come with it, as a line."""
    effects = stage.take()
    _write(log, effects)
    facts = [(out.key.decode(), out.value.decode()) for out in effects.outputs if out.topic in INBOXES]
    return orjson.dumps((stage.watermarks[CLICKS_0], facts)) + b"\n"


def _hear(stage: CustomerStage, line: bytes, now: int) -> None:
    reached, facts = orjson.loads(line)
    _fold(stage, Topic.CUSTOMER_INBOX, [(key.encode(), value.encode()) for key, value in facts], now)
    stage.heard({CLICKS_0: reached})
    _fold(stage, Topic.CUSTOMER_INBOX, [], now)


def hold_restored(log: Path, crowd: Crowd) -> Figures:
    """A stage as a new owner of its partition has it, from a compacted changelog."""
    stage = _sessions(crowd.rules) if log.name.startswith("sessions") else _customers(crowd.rules)
    before = resident()
    for key, value in _read(log):
        stage.restore(key, value)
    stage.open()
    return {f"{log.name} restored": round((resident() - before) / crowd.visitors)}


def apart(part: Part, place: Path, crowd: Crowd) -> Figures:
    """What the part finds in a new process."""
    with get_context("spawn").Pool(1, initializer=collect_rarely) as pool:
        return pool.apply(part, (place, crowd))


def _sessions(rules: str) -> SessionStage:
    return SessionStage(0, load_rulebook(SHIPPED / f"{rules}.yaml"), Layout(dict.fromkeys(Topic, 1)), LATENESS_MS)


def _customers(rules: str) -> CustomerStage:
    return CustomerStage(0, load_rulebook(SHIPPED / f"{rules}.yaml"), Layout(dict.fromkeys(Topic, 1)))


def _fold(
    stage: SessionStage | CustomerStage, topic: Topic, pairs: Sequence[Pair], now: int, asked: int | None = None
) -> None:
    position = stage.positions[topic]
    records = [Given(key, value, position + place, now, 1) for place, (key, value) in enumerate(pairs)]
    stage.fold(Batch(topic, records, position + len(records), asked, now))


def clicks(visitors: int, signed_in: bool, begin: int, first: int = 0) -> Iterator[Pair]:
    """Ten of each visitor, numbered from the first, a minute apart; nobody orders."""
    dice = random.Random(3 + first)
    for turn in range(CLICKS_EACH):
        for number in range(visitors):
            kind = kind_at(dice.random())
            event = Event(
                at=begin + turn * MINUTE_MS + number * MINUTE_MS // visitors,
                visitor=f"v{first + number:06d}",
                kind="page_ping" if kind == ORDER else kind,
                event_id=f"{dice.getrandbits(128):032x}-aaa",
                url="https://shop.example/p",
                product=f"sku-{dice.randrange(4999)}",
                price=9.9,
                quantity=1,
            )
            said = record(event, f"c{first + number:06d}" if signed_in else None)
            yield said.key, said.value


def _chunks(pairs: Iterator[Pair]) -> Iterator[list[Pair]]:
    while chunk := list(islice(pairs, RECORDS_MAX)):
        yield chunk


# -- changelogs as files: a line a record ----------------------------------------------------------------------------


def _log(path: Path) -> BinaryIO:
    """Open for more; the resting state's has all of the open one's before it."""
    before = path.with_suffix(f".{STATES[0]}")
    if path != before:
        shutil.copyfile(before, path)
    return path.open("ab")


def _write(log: BinaryIO, effects: Effects) -> None:
    for key, value in effects.changelog:
        log.write(f"{key.hex()} {'' if value is None else value.hex()}\n".encode())


def _read(path: Path) -> Iterator[tuple[bytes, bytes]]:
    for line in path.open():
        key, value = line.rstrip("\n").split(" ")
        yield bytes.fromhex(key), bytes.fromhex(value)


def compact(path: Path) -> int:
    """Leave the last record of each key, as the broker would; how many bytes those are."""
    last = {key: value for key, value in _read(path) if value}
    path.write_text("".join(f"{key.hex()} {value.hex()}\n" for key, value in last.items()))
    return sum(len(key) + len(value) for key, value in last.items() if key != POSITION_KEY)
