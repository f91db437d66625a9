"""What a seed expands to: the shape of the cluster, the shop, and the faults with their times. All of it prints."""

import random
from enum import StrEnum
from typing import Any, NamedTuple

from agents.crash_points import Point
from schemas.topics import Topic
from tests.simulation.lifecycle_shop import lifecycle_shop
from tests.simulation.shop import Event, Style, shop

DISPATCHER = "dispatcher"
STREAM_ROLES = ("sessions", "intake", "customers")
PRODUCTS = "products"
SOURCES: dict[str, list[tuple[str, ...]]] = {
    "sessions": [("clickstream", "visitor-inbox")],
    "intake": [("orders",), ("engagements",)],
    "customers": [("customer-inbox",)],
    PRODUCTS: [("catalog", "product-inbox")],
    DISPATCHER: [("triggers",)],
}
"""By role, the topics that are read together."""
FAULTS_FROM_S, FAULTS_UNTIL_S = 2.0, 20.0
CHANGES_FROM_S = 4.0
"""When the first workers have published that which they were started with."""
VERSIONS = 5
"""How many rulebooks there are to change between."""
MOODS = ["fails", "accepts_and_fails", "hangs", "late", "drops", "refuses"]


class Kind(StrEnum):
    """What a world is about."""

    PLAIN = "plain"
    """The plain rules over clicks and orders."""
    LIFECYCLE = "lifecycle"
    """Beside these a catalogue that changes, rules about products, runs of steps, and customers who answer."""


class Options(NamedTuple):
    """The world as it is set up."""

    kind: Kind
    clickstream: int
    orders: int
    inbox: int
    catalog: int
    triggers: int
    workers: tuple[tuple[str, ...], ...]
    """The roles of each worker process."""
    walls: tuple[float, ...]
    """By how much each machine's clock is wrong, s."""
    style: Style
    fetch_s: float
    look_fetch_s: float
    queue_s: float
    tick_ms: int
    vectors_per_s: float
    records_max: int
    marker_s: float
    session_s: float
    in_flight: int


class Fault(NamedTuple):
    """Something goes wrong: when (s of the world), what, and how."""

    at_s: float
    what: str
    how: tuple[Any, ...] = ()


class Change(NamedTuple):
    """A rulebook is published: when (s of the world), and which; -1 is one that has to be refused."""

    at_s: float
    number: int


class Plan(NamedTuple):
    """All that decides a world."""

    seed: int
    options: Options
    events: list[Event]
    faults: list[Fault]
    changes: list[Change]


LIFECYCLE_EVERY = 3
"""Every so many seeds the world is one of the whole lifecycle: it takes twice the time of a plain one."""


def kind_of(seed: int) -> Kind:
    """What the world of that seed is about, if nobody asks for something else."""
    return Kind.LIFECYCLE if seed % LIFECYCLE_EVERY == LIFECYCLE_EVERY - 1 else Kind.PLAIN


def expand(seed: int, kind: Kind | None = None) -> Plan:
    """The world of that seed."""
    rng = random.Random(seed)
    options = _options(rng)
    sell = shop
    if (kind or kind_of(seed)) is Kind.LIFECYCLE:
        options, sell = _with_products(random.Random(f"catalogue of {seed}"), options), lifecycle_shop
    events = sell(rng.getrandbits(32), options.style)
    events = _transactions(rng, events)
    faults = _faults(rng, options)
    others = random.Random(f"rulebooks of {seed}")
    changes = _changes(others)
    return Plan(seed, options, events, sorted(faults + _at_changes(others, changes)), changes)


def _with_products(rng: random.Random, options: Options) -> Options:
    """The same cluster, with the stage of products in some of its workers."""
    workers = [list(worker) for worker in options.workers]
    for worker in rng.sample(workers, rng.choice([1, 1, 2]) if len(workers) > 1 else 1):
        worker.insert(0, PRODUCTS)
    return options._replace(
        kind=Kind.LIFECYCLE,
        catalog=rng.choice([1, 2]),
        workers=tuple(tuple(worker) for worker in workers),
        style=Style(events=290, moves=False, late=0.0, brief=False, erases=rng.random() < 0.5),
    )


def _changes(rng: random.Random) -> list[Change]:
    """In half of the worlds the rules change, also back, while all the rest goes on."""
    if rng.random() < 0.5:
        return []
    times = sorted(round(rng.uniform(CHANGES_FROM_S, FAULTS_UNTIL_S), 3) for _ in range(rng.choice([1, 2, 4])))
    return [Change(at_s, rng.choice([-1, *range(VERSIONS), *range(VERSIONS)])) for at_s in times]


def _at_changes(rng: random.Random, changes: list[Change]) -> list[Fault]:
    """Whoever takes a new rulebook over is killed there, and whoever publishes the first one."""
    faults = [
        Fault(change.at_s, "crash", (Point.TAKEN_OVER.value, rng.choice([1, 2, 3])))
        for change in changes
        if rng.random() < 0.6
    ]
    if changes and rng.random() < 0.3:
        faults.append(Fault(0.0, "crash", (rng.choice([Point.RULES_PUBLISHED, Point.RULES_READ]).value, 1)))
    return faults


def partitions(options: Options) -> dict[Topic, int]:
    """How many each topic has."""
    return {
        Topic.RULEBOOKS: 1,
        Topic.CLICKSTREAM: options.clickstream,
        Topic.SESSIONS_CHANGELOG: options.clickstream,
        Topic.ORDERS: options.orders,
        Topic.ENGAGEMENTS: 1,
        Topic.INTAKE_CHANGELOG: options.orders,
        Topic.CUSTOMER_INBOX: options.inbox,
        Topic.VISITOR_INBOX: options.clickstream,
        Topic.CATALOG: options.catalog,
        Topic.PRODUCT_INBOX: options.catalog,
        Topic.PRODUCTS_CHANGELOG: options.catalog,
        Topic.PRODUCTS: 2,
        Topic.CUSTOMERS_CHANGELOG: options.inbox,
        Topic.TRIGGERS: options.triggers,
        Topic.DELIVERIES: options.triggers,
        Topic.DECISIONS: 1,
        Topic.DEAD_LETTERS: 1,
    }


def roles_of(options: Options) -> tuple[str, ...]:
    """The stages that such a world has."""
    return (*STREAM_ROLES, PRODUCTS) if options.kind is Kind.LIFECYCLE else STREAM_ROLES


def _options(rng: random.Random) -> Options:
    style = Style(
        events=310,
        moves=rng.random() < 0.3,
        late=0.06 if rng.random() < 0.2 else 0.0,
        brief=rng.random() < 0.15,
    )
    number = rng.choice([1, 1, 2, 2, 2, 3, 4])
    workers = [list(STREAM_ROLES) if rng.random() < 0.4 else [rng.choice(STREAM_ROLES)] for _ in range(number)]
    for role in STREAM_ROLES:
        if not any(role in worker for worker in workers):
            rng.choice(workers).append(role)
    for _ in range(rng.choice([1, 2])):
        own = rng.random() < 0.5
        if own or all(DISPATCHER in worker for worker in workers):
            workers.append([DISPATCHER])
        else:
            rng.choice([worker for worker in workers if DISPATCHER not in worker]).append(DISPATCHER)
    walls = tuple(0.0 if rng.random() < 0.5 else rng.choice([-3600.0, -7.0, 7.0, 86_400.0]) for _ in workers)
    return Options(
        kind=Kind.PLAIN,
        clickstream=rng.choice([1, 2, 2, 3]),
        orders=rng.choice([1, 2, 3]),
        inbox=rng.choice([1, 2, 2, 3]),
        catalog=1,
        triggers=rng.choice([1, 2]),
        workers=tuple(tuple(dict.fromkeys(worker)) for worker in workers),
        walls=walls,
        style=style,
        fetch_s=rng.choice([0.3, 0.7, 1.1]),
        look_fetch_s=rng.choice([0.3, 0.5]),
        queue_s=rng.choice([0.0, 0.0, 0.3]),
        tick_ms=rng.choice([1200, 2400]),
        vectors_per_s=rng.choice([0.3, 0.6]),
        records_max=rng.choice([8, 40, 500]),
        marker_s=rng.choice([0.002, 0.02, 0.3]),
        session_s=rng.choice([3.0, 4.0]),
        in_flight=rng.choice([2, 8]),
    )


def _transactions(rng: random.Random, events: list[Event]) -> list[Event]:
    """Some events are written in their producers' transactions, which stay open for a while."""
    if rng.random() < 0.5:
        return events
    number, result = 0, []
    for event in events:
        if event.topic != "engagements" and rng.random() < 0.08:
            number += 1
            event = event._replace(transaction=number)
        result.append(event)
    return result


def _faults(rng: random.Random, options: Options) -> list[Fault]:
    workers = len(options.workers)
    faults = []
    for _ in range(rng.randint(4, 7)):
        at = round(rng.uniform(FAULTS_FROM_S, FAULTS_UNTIL_S), 3)
        what = rng.choice(_KINDS)
        faults.append(Fault(at, what, _how(rng, what, workers, options)))
    return sorted(faults)


_KINDS = [
    "crash",
    "crash",
    "crash",
    "crash",
    "kill",
    "stop",
    "stop",
    "stop",
    "rebalance",
    "leave",
    "join",
    "outage",
    "slow",
    "lost_commit",
    "lost_commit",
    "batch",
    "batch",
    "junk",
    "mood",
    "mood",
    "wall",
]


def _how(rng: random.Random, what: str, workers: int, options: Options) -> tuple[Any, ...]:
    worker = rng.randrange(workers)
    role = rng.choice([*roles_of(options), DISPATCHER])
    past_session = options.session_s + rng.choice([1.5, 5, 5])
    ways: dict[str, tuple[Any, ...]] = {
        "crash": (rng.choice(list(Point)).value, rng.choice([1, 1, 2, 5])),
        "kill": (worker,),
        "leave": (worker,),
        "stop": (worker, rng.choice([1.0, past_session, past_session, past_session])),
        "rebalance": (role,),
        "join": (role,),
        "outage": (rng.choice([0.5, 3.0, 7.0]),),
        "slow": (rng.choice([2.0, 6.0]), rng.choice([0.2, 1.5])),
        "lost_commit": (rng.choice(["committed", "never", "late"]),),
        "batch": (role, rng.random() < 0.5),
        "junk": (rng.choice(["clickstream", "orders"]), rng.choice([0.3, 4.0])),
        "mood": (rng.randrange(3), rng.choice([2.0, 6.0]), rng.choice(MOODS)),
        "wall": (worker, rng.choice([-3600.0, -5.0, 5.0, 3600.0])),
    }
    return ways[what]
