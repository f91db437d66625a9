"""What every process of a world is told: rules with seconds for their waits, and settings."""

from functools import lru_cache
from typing import Any

from agents.settings.settings import DestinationSettings, DispatchSettings, KafkaSettings, LatenessSettings, Settings
from schemas.rules.rulebook import Rulebook
from tests.simulation.lifecycle_rules import lifecycle_rulebook
from tests.simulation.plan import VERSIONS, Kind, Options
from tests.simulation.shop import GAP, LATENESS, SILENCE, WAIT

DESTINATIONS = {"shop": "retry", "esp": "retry", "sms": "park"}
RETENTION = 12_000


REMOVABLE, SHADOW = "lapse", "cart_shadow"
"""A rule that some of the rulebooks have not, and one that sends nothing, which only some have."""


def rulebook(options: Options, number: int = 0) -> Rulebook:
    """The rulebook of that number in such a world; 0 is the one that workers are started with."""
    if options.kind is Kind.LIFECYCLE:
        return lifecycle_rulebook(number)
    return _plain(brief=options.style.brief, number=number)


@lru_cache(2 * VERSIONS)
def _plain(*, brief: bool, number: int) -> Rulebook:
    """The plain rulebook with seconds for its waits. Those of other numbers send the same to other destinations; some
    lack a rule, or have a shadow more."""
    waits = {
        "browse_abandonment": WAIT,
        "cart_abandonment": WAIT,
        "checkout_abandonment": WAIT,
        "inactivity": SILENCE,
        "lapse": SILENCE,
    }
    to = {"cart_abandonment": "sms", "browse_abandonment": "esp", "checkout_abandonment": "esp"}
    rules: list[dict[str, Any]] = [
        {"id": kind, "kind": kind, "wait": f"{wait}ms", "expires_after": None, "destination": to.get(kind, "shop")}
        for kind, wait in waits.items()
    ]
    rules.append({"id": "exit_intent", "kind": "exit_intent", "expires_after": "3s", "destination": "shop"})
    names = list(DESTINATIONS)
    for rule in rules:
        rule["destination"] = names[(names.index(rule["destination"]) + number) % len(names)]
    if number == 2:
        rules = [rule for rule in rules if rule["id"] != REMOVABLE]
    if number >= 3:
        shadow = {"id": SHADOW, "kind": "cart_abandonment", "wait": f"{WAIT}ms", "expires_after": None, "shadow": True}
        rules.append(shadow)
    return Rulebook.model_validate(
        {
            "name": f"simulated {number}",
            "session_gap": f"{GAP}ms",
            "session_max": None,
            "ladder": False,
            "consent": "ignore",
            "already_converted": False,
            "retention": f"{RETENTION}ms" if brief else "30d",
            "rules": rules,
        }
    )


@lru_cache(256)
def settings_of(options: Options) -> Settings:
    """What every process of the world is told."""
    return Settings(
        app="sim",
        vectors_per_s=options.vectors_per_s,
        tick_ms=options.tick_ms,
        kafka=KafkaSettings(
            session_timeout_s=options.session_s,
            rebalance_timeout_s=options.session_s + 3,
            transaction_timeout_ms=6000,
            request_timeout_ms=3000,
            poll_records_max=options.records_max,
        ),
        lateness=LatenessSettings(clickstream_ms=LATENESS, orders_ms=LATENESS, catalog_ms=LATENESS),
        dispatch=DispatchSettings(
            destinations={
                name: DestinationSettings(
                    url=f"http://127.0.0.1/{name}",
                    ambiguous=ambiguous,
                    timeout_s=2.0,
                    attempts_max=1000,
                    retry_base_s=0.5,
                    retry_cap_s=3.0,
                )
                for name, ambiguous in DESTINATIONS.items()
            },
            in_flight_max=options.in_flight,
            look_max_age_ms=1500,
        ),
    )
