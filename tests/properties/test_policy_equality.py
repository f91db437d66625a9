"""Policy live equals policy in batch: the same verdicts on the same occasions, with the same reasons, in any order of
arrival within the lateness.

The worlds are those of the plain oracle, with the times of their records moved into a few seconds of each minute: no
timer is due within the lateness of a record. What a record does to a trigger that has just fired (a purchase takes it
back, if it is not delivered yet) depends on when it becomes known, and the oracle knows only when it happened. For the
same reason a dispatcher stands by that delivers at once.
"""

from collections.abc import Iterable
from typing import Any

import orjson
import pytest

from schemas.facts.profile_facts import Receipt
from schemas.reading.wire import write_fact
from schemas.rules.rulebook import Rulebook
from schemas.state.profile import CUSTOMER
from schemas.topics import Topic
from streams.replay import Replay
from tests.oracle.plain import Rules
from tests.oracle.policy import Cap, Policy, PolicyWalk, Quiet, Verdict
from tests.oracle.records import in_order, millis
from tests.oracle.shop_worlds import world
from tests.oracle.worlds import START, World, shuffled
from tests.properties.batch import DAY, HOUR, LATENESS, MINUTE, SECOND, Arrival, arrivals
from tests.properties.seeds import seeds

Json = dict[str, Any]
KINDS = ("cart_abandonment", "browse_abandonment", "checkout_abandonment", "inactivity", "lapse")
LEFT, SILENT = frozenset(KINDS[:3]), frozenset(KINDS[3:])
ALL = frozenset(KINDS)
WAIT, SILENCE = HOUR + 30 * SECOND, 2 * DAY + 30 * SECOND
RULES = Rules(HOUR // 2, WAIT, WAIT, WAIT, SILENCE, SILENCE)
SAID = {"fired", "suppressed", "held_out", "deferred"}
AUTUMN, SPRING = 1_761_206_400_000, 1_774_598_400_000
"""Three days before a change of the clocks in Vienna: 2025-10-23 and 2026-03-27, at 08:00 UTC."""

STEP = 30 * SECOND
"""Shorter than what lies between the end of quiet hours and the next deadline."""

NIGHT = Quiet(LEFT, ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 20 * 60, 8 * 60 + 30)
WEEKEND = Quiet(SILENT, ("sat", "sun"), 0, 24 * 60)
ODD = Quiet(ALL, ("sun", "wed"), 90, 150)
CHANNELS = {kind: "sms" if kind in LEFT else "email" for kind in KINDS}

POLICIES = {
    "quiet hours": Policy(zone="Europe/Vienna", quiet=(NIGHT, WEEKEND, ODD)),
    "quiet hours with a deadline": Policy(zone="America/Sao_Paulo", quiet=(NIGHT, WEEKEND), expires=9 * HOUR + MINUTE),
    "cool-downs": Policy(cool_downs={"cart_abandonment": DAY, "browse_abandonment": 3 * HOUR, "lapse": 2 * DAY}),
    "caps that drop": Policy(caps=(Cap(1, 2 * HOUR, LEFT), Cap(3, DAY, ALL))),
    "caps that defer": Policy(caps=(Cap(2, 5 * HOUR, LEFT, defers=True), Cap(1, DAY, SILENT, defers=True))),
    "arbitration": Policy(priorities=dict.fromkeys(LEFT, 1)),
    "arbitration that settles": Policy(priorities=dict.fromkeys(LEFT, 1), settle=20 * MINUTE),
    "arbitration with a gap": Policy(priorities=dict.fromkeys(SILENT, 1), settle=20 * MINUTE, gap=3 * HOUR),
    "holdout": Policy(held_out=3_000, salt="s"),
    "all of it": Policy(
        zone="Europe/Vienna",
        held_out=1_500,
        quiet=(NIGHT, ODD),
        cool_downs={"cart_abandonment": 5 * HOUR, "inactivity": 3 * DAY},
        caps=(Cap(2, 6 * HOUR, LEFT), Cap(3, DAY, ALL, defers=True)),
        priorities=dict.fromkeys(LEFT, 1),
        settle=10 * MINUTE,
        gap=2 * HOUR,
    ),
}


def clock(minute: int) -> str:
    """A minute of the day, as a rulebook writes it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def of(kinds: frozenset[str]) -> Json:
    """The channel of these kinds; none for all."""
    return {} if kinds == ALL else {"channel": CHANNELS[min(kinds)]}


def rulebook(policy: Policy) -> Rulebook:
    """The same policy as a rulebook says it."""
    rules: list[Json] = []
    for kind in KINDS:
        wait, priorities = SILENCE if kind in SILENT else WAIT, policy.priorities or {}
        expires = f"{policy.expires}ms" if policy.expires else "never"
        said: Json = {"id": kind, "kind": kind, "wait": f"{wait}ms", "expires_after": expires}
        said["channel"] = CHANNELS[kind]
        if kind in priorities:
            said["priority"] = priorities[kind]
        if kind in policy.cool_downs:
            said["cool_down"] = f"{policy.cool_downs[kind]}ms"
        rules.append(said)
    return Rulebook.model_validate(
        {
            "name": "policy",
            "session_max": "off",
            "ladder": False,
            "consent": "ignore",
            "already_converted": False,
            "payment_wait": "off",
            "zone": policy.zone,
            "rules": rules,
            "holdout": {"percent": policy.held_out / 100, "salt": policy.salt} if policy.held_out else None,
            "quiet_hours": [
                {**of(quiet.kinds), "days": quiet.days, "from": clock(quiet.begins), "to": clock(quiet.ends)}
                for quiet in policy.quiet
            ],
            "caps": [
                {**of(cap.kinds), "max": cap.most, "per": f"{cap.per}ms", "on_cap": "defer" if cap.defers else "drop"}
                for cap in policy.caps
            ],
            "settle": f"{policy.settle}ms" if policy.settle else "off",
            "gap": f"{policy.gap}ms" if policy.gap else "off",
        }
    )


def moved(shop: World, to: int) -> World:
    """The world from that time on, with its records in the seconds 15 to 20 of their minutes."""

    def at(record: Json) -> Json:
        minute, rest = divmod(millis(record["occurred_at"]) - START + to, MINUTE)
        return record | {"occurred_at": minute * MINUTE + 15 * SECOND + rest // 12}

    return World([at(record) for record in shop.clicks], [at(record) for record in shop.orders])


def batch(shop: World, policy: Policy) -> set[Verdict]:
    """What the oracle says."""
    walk = PolicyWalk(RULES, policy)
    walk.over(in_order(shop.clicks, shop.orders), drain=True)
    return walk.verdicts


class Delivered:
    """A replay with a dispatcher that delivers at once."""

    def __init__(self, book: Rulebook) -> None:
        """Nothing has happened."""
        self.replay = Replay(book, LATENESS)
        self.expires = any(rule.expires_after is not None for rule in book.rules)
        self.verdicts: set[Verdict] = set()
        self.put_off: dict[str, int] = {}

    def over(self, arrived: Iterable[Arrival]) -> set[Verdict]:
        """All verdicts of policy."""
        for arrival in arrived:
            self.pass_time(arrival.at)
            self.replay.feed(*arrival.fed())
            self.dispatch()
        self.replay.drain()
        self.dispatch()
        return self.verdicts

    def pass_time(self, to: int) -> None:
        """As live, where something expires: a replay's clock stands still in a silence, and would judge it late."""
        while self.expires and self.replay.now and self.replay.now + STEP < to:
            self.replay.advance(self.replay.now + STEP)
            self.dispatch()
        self.replay.advance(to)
        self.dispatch()

    def dispatch(self) -> None:
        """Take what came, and deliver it at the moment that it was judged for."""
        outputs = [(out.topic, orjson.loads(out.value)) for out in self.replay.take().outputs]
        for topic, said in outputs:
            if topic is Topic.DECISIONS and said["verdict"] in SAID:
                self.verdicts.add(as_the_oracle_says(said))
                if said["until_ms"] is not None:
                    self.put_off[said["trigger_id"]] = said["until_ms"]
        for topic, said in outputs:
            if topic is Topic.TRIGGERS and said["type"] == "fired":
                at = max(said["due_ms"], self.put_off.get(said["trigger_id"], 0))
                profile, id_ = said["profile"], said["trigger_id"]
                inbox = Topic.CUSTOMER_INBOX if profile.startswith(CUSTOMER) else Topic.VISITOR_INBOX
                receipt = Receipt(at, f"{id_}:delivered", id_, "delivered")
                self.replay.tell(inbox, profile[2:].encode(), write_fact(receipt))


def as_the_oracle_says(said: Json) -> Verdict:
    """A decision."""
    person = f"c:{said['customer_id']}" if said["customer_id"] else f"v:{said['visitor_id']}"
    return Verdict(
        said["verdict"], said["reason"], said["kind"], person, said["anchor_ms"], said["due_ms"], said["until_ms"]
    )


SEEDS = seeds(2, 0, 1, 2)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_world_gives_the_oracles_verdicts(seed: int, name: str) -> None:
    """In order, and shuffled within the lateness."""
    policy, shop = POLICIES[name], moved(world(seed, people=12, days=6), SPRING if seed % 2 else AUTUMN)
    expected = batch(shop, policy)
    assert Delivered(rulebook(policy)).over(arrivals(shop.clicks, shop.orders)) == expected
    clicks, orders = shuffled(shop.clicks, seed + 1, LATENESS), shuffled(shop.orders, seed + 2, LATENESS)
    assert Delivered(rulebook(policy)).over(arrivals(clicks, orders)) == expected


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("quiet hours", {"quiet_hours"}),
        ("quiet hours with a deadline", {"quiet_hours", "deadline"}),
        ("cool-downs", {"cool_down"}),
        ("caps that drop", {"capped"}),
        ("caps that defer", {"capped"}),
        ("arbitration", {"outranked"}),
        ("arbitration that settles", {"settling", "outranked"}),
        ("arbitration with a gap", {"settling", "outranked"}),
        ("holdout", {"holdout"}),
        ("all of it", {"holdout", "quiet_hours", "cool_down", "capped", "settling", "outranked"}),
    ],
)
def test_the_worlds_have_what_is_compared(name: str, reasons: set[str]) -> None:
    """Each reason at least five times, and something that goes."""
    said = [
        verdict for seed in SEEDS for verdict in batch(moved(world(seed, people=12, days=6), AUTUMN), POLICIES[name])
    ]
    for reason in reasons | {"due"}:
        assert sum(verdict.reason == reason for verdict in said) >= 5, reason
