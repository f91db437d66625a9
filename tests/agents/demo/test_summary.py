"""The sum at the end of the demo: it holds when everything is accounted for, and says which line does not."""

from collections import Counter

import pytest
from prometheus_client import generate_latest

from agents.demo.receiver import Tally
from agents.demo.scrape import Scrape
from agents.demo.summary import KINDS, Check, checks, is_decided, is_quiet
from agents.metrics import Metrics
from schemas.topics import Topic

CLICKS, ORDERS = Topic.CLICKSTREAM.value, Topic.ORDERS.value
PRODUCED = Counter({Topic.CLICKSTREAM: 12, Topic.ORDERS: 3})


class Run:
    """A run of which everything adds up: each kind fired once, one delivery was cancelled."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.tally = Tally(effects={f"t-{number}": b"" for number in range(len(KINDS) - 1)}, refused=1)
        self.exit_code = 0
        for topic, outcome, number in ((CLICKS, "applied", 10), (CLICKS, "duplicate", 2), (ORDERS, "late", 3)):
            self.metrics.count("records", topic, outcome, by=number)
        self.metrics.count("records", "customer-inbox", "applied", by=99)
        for kind in KINDS:
            self.metrics.count("decisions", "fired", kind, "due")
        self.metrics.count("decisions", "suppressed", "lapse", "opted_out")
        self.metrics.count("deliveries", "default", "delivered", by=len(KINDS) - 1)
        self.metrics.count("deliveries", "default", "cancelled")

    @property
    def scrape(self) -> Scrape:
        """As the worker's page would tell it."""
        return Scrape(generate_latest(self.metrics.registry).decode())

    def checks(self, *, every_kind: bool = True) -> list[Check]:
        """The lines of the summary."""
        return checks(self.scrape, PRODUCED, self.tally, self.exit_code, every_kind=every_kind)

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
    assert lines["triggers"].startswith("6 fired: exit intent 1, browse abandonment 1")
    assert lines["deliveries"].startswith("6 fired = 5 delivered + 1 cancelled")
    assert lines["deliveries"].endswith("0 under way")


def test_a_lost_or_doubled_record_breaks_its_topic() -> None:
    """Both ways."""
    run = Run()
    run.metrics.count("records", CLICKS, "applied")
    assert run.broken() == ["clickstream"]


def test_a_kind_that_never_fired_breaks_the_triggers() -> None:
    """A recording need not have them all."""
    run = Run()
    run.metrics = Metrics()
    assert "triggers" in run.broken()
    assert all(check.holds for check in run.checks(every_kind=False) if check.name == "triggers")


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
        run.tally.effects.popitem()
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


def test_decided_is_when_nothing_is_open() -> None:
    """Neither visits nor episodes, on no partition."""
    run = Run()
    run.metrics.gauge("open_sessions", "0", value=0)
    assert is_decided(run.scrape)
    run.metrics.gauge("open_episodes", "customers", "1", value=1)
    assert not is_decided(run.scrape)


def test_gauges_can_be_asked_for_their_least() -> None:
    """The slowest partition decides; none means unknown."""
    run = Run()
    assert run.scrape.least("gate_timestamp_seconds") is None
    for partition, value in (("0", 30.5), ("1", 20.5)):
        run.metrics.gauge("gate_timestamp_seconds", "customers", partition, value=value)
    assert run.scrape.least("gate_timestamp_seconds") == 20.5
