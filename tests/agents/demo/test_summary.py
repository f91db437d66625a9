"""The sum at the end of the demo: it holds when everything is accounted for, and says which line does not."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from prometheus_client import generate_latest

from agents.demo.receiver import Tally
from agents.demo.scrape import Scrape
from agents.demo.summary import SOON_S, Check, checks, is_decided, is_quiet, kinds_of
from agents.rulebook_file import load_rulebook
from agents.web.metrics import Metrics
from schemas.rules.buying_again import GapWait, Replenishment, Winback
from schemas.rules.timed import WaitingRule
from schemas.topics import Topic

KINDS = ("exit_intent", "browse_abandonment", "cart_abandonment", "checkout_abandonment", "inactivity", "lapse")

CLICKS, ORDERS = Topic.CLICKSTREAM.value, Topic.ORDERS.value
PRODUCED = Counter({Topic.CLICKSTREAM: 12, Topic.ORDERS: 3})


class Run:
    """A run of which everything adds up: each kind fired and was delivered once, and one that was cancelled."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        bodies = {f"t-{kind}": orjson.dumps({"data": {"kind": kind}}) for kind in KINDS}
        self.tally = Tally(effects=bodies, refused=1)
        self.exit_code = 0
        for topic, outcome, number in ((CLICKS, "applied", 10), (CLICKS, "duplicate", 2), (ORDERS, "late", 3)):
            self.metrics.count("records", topic, outcome, by=number)
        self.metrics.count("records", "customer-inbox", "applied", by=99)
        for kind in (*KINDS, "lapse"):
            self.metrics.count("decisions", "fired", kind, "due")
        self.metrics.count("decisions", "suppressed", "lapse", "opted_out")
        self.metrics.count("deliveries", "default", "delivered", by=len(KINDS))
        self.metrics.count("deliveries", "default", "cancelled")

    @property
    def scrape(self) -> Scrape:
        """As the worker's page would tell it."""
        return Scrape(generate_latest(self.metrics.registry).decode())

    def checks(self, demanded: Sequence[str] = KINDS) -> list[Check]:
        """The lines of the summary."""
        return checks(self.scrape, PRODUCED, self.tally, self.exit_code, KINDS, demanded=demanded)

    def broken(self) -> list[str]:
        """The lines that do not hold."""
        return [check.name for check in self.checks() if not check.holds]


def test_it_adds_up() -> None:
    """Line by line, with all the terms."""
    lines = {check.name: check.text for check in Run().checks()}
    assert Run().broken() == []
    assert lines["clickstream"] == "12 produced = 10 applied + 2 duplicate + 0 late + 0 ignored + 0 quarantined"
    assert lines["orders"].startswith("3 produced = 0 applied + 0 duplicate + 3 late")
    assert lines["engagements"].startswith("0 produced")
    assert lines["catalog"].startswith("0 produced")
    assert lines["triggers"] == "7 fired, 1 suppressed, 0 wait for another day"
    assert lines["kinds"] == "6 of 6 kinds delivered"
    assert lines["deliveries"].startswith("7 fired = 6 delivered + 1 cancelled")
    assert lines["deliveries"].endswith("0 under way")


def test_a_lost_or_doubled_record_breaks_its_topic() -> None:
    """Both ways."""
    run = Run()
    run.metrics.count("records", CLICKS, "applied")
    assert run.broken() == ["clickstream"]


def test_a_kind_that_never_fired_breaks_the_triggers() -> None:
    """It is named. A recording need not have them all."""
    run = Run()
    run.metrics = Metrics()
    assert "triggers" in run.broken()
    (triggers,) = [check for check in run.checks(demanded=()) if check.name == "triggers"]
    assert "never exit intent, browse abandonment" in triggers.text
    assert triggers.holds


def test_a_kind_that_was_never_delivered_breaks_the_kinds() -> None:
    """Fired is not enough: whoever receives says what has come."""
    run = Run()
    run.tally.effects["t-lapse"] = run.tally.effects["t-inactivity"]
    assert run.broken() == ["kinds"]
    (kinds,) = [check for check in run.checks() if check.name == "kinds"]
    assert kinds.text == "5 of 6 kinds delivered, not lapse"
    assert all(check.holds for check in run.checks(demanded=KINDS[:-1]))


def test_kinds_are_those_of_the_rulebook_in_the_order_of_all() -> None:
    """However they stand in it."""
    assert kinds_of(load_rulebook(Path("plain"))) == tuple(kind for kind in KINDS if kind != "checkout_abandonment")


def test_what_is_still_under_way_breaks_the_deliveries() -> None:
    """Nothing may be left."""
    run = Run()
    run.metrics.count("decisions", "fired", "lapse", "due")
    assert run.broken() == ["deliveries"]


@pytest.mark.parametrize("fault", ["missing", "changed", "forged"])
def test_what_the_receiver_has_seen_counts(fault: str) -> None:
    """One effect for each delivery, the same body each time, and nothing with a bad signature."""
    run = Run()
    if fault == "missing":
        run.metrics.count("deliveries", "default", "delivered")
        run.metrics.count("decisions", "fired", "lapse", "due")
    else:
        setattr(run.tally, "changed" if fault == "changed" else "bad_signatures", 1)
    assert run.broken() == ["receiver"]


def test_repeats_are_no_fault() -> None:
    """Delivery is at least once, with one id: the receiver knows them."""
    run = Run()
    run.tally.repeats = 3
    assert run.broken() == []


def test_the_worker_has_to_end_in_order() -> None:
    """A supervisor would notice."""
    run = Run()
    run.exit_code = 71
    assert run.broken() == ["worker"]


def test_quiet_is_when_nothing_is_between_two_stages() -> None:
    """All consumed, nothing under way, the ledger empty."""
    run = Run()
    assert is_quiet(run.scrape, PRODUCED)
    run.metrics.gauge("ledger", "default", "retry", value=1)
    assert not is_quiet(run.scrape, PRODUCED)
    assert not is_quiet(Run().scrape, PRODUCED + Counter({Topic.ORDERS: 1}))


@pytest.mark.parametrize(
    ("due_s", "decided"), [(None, True), (0, True), (5, False), (SOON_S, False), (SOON_S + 1, True)]
)
def test_decided_is_when_nothing_is_due_soon(due_s: float | None, decided: bool) -> None:
    """No visit is open, and what waits, on any partition, waits for longer than any wait of the demo. 0 is nothing."""
    now_s = 1_750_000_000.0
    run = Run()
    run.metrics.gauge("open_sessions", "0", value=0)
    run.metrics.gauge("oldest_due_timestamp_seconds", "sessions", "0", value=now_s + 86_400)
    if due_s is not None:
        run.metrics.gauge("oldest_due_timestamp_seconds", "customers", "1", value=due_s and now_s + due_s)
    assert is_decided(run.scrape, now_s) is decided
    run.metrics.gauge("open_sessions", "1", value=1)
    assert not is_decided(run.scrape, now_s)


def test_every_wait_of_the_demo_is_over_soon() -> None:
    """Else it would end before that is due. Dates come when they come, and a used-up product by what its rule names."""
    waits = []
    for rule in load_rulebook(Path("demo")).rules:
        if isinstance(rule, WaitingRule):
            waits.append(rule.first_wait)
        elif isinstance(rule, Winback):
            waits.append(rule.wait.max if isinstance(rule.wait, GapWait) else rule.wait)
        elif isinstance(rule, Replenishment):
            waits += [cycle - rule.lead for cycle in rule.cycles.values()]
    assert len(waits) > 25
    assert max(waits) < SOON_S * 1000


def test_gauges_can_be_asked_for_their_least() -> None:
    """The slowest partition decides; none means unknown."""
    run = Run()
    assert run.scrape.least("gate_timestamp_seconds") is None
    for partition, value in (("0", 30.5), ("1", 20.5)):
        run.metrics.gauge("gate_timestamp_seconds", "customers", partition, value=value)
    assert run.scrape.least("gate_timestamp_seconds") == 20.5
