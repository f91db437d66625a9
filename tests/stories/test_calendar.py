"""Calendar rules: a date of the person's comes, by their own clock, once a year and whatever else they do."""

from datetime import datetime

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from tests.stories.birthdays import (
    ANNIVERSARY,
    BIRTHDAY,
    KIRITIMATI,
    PAGO_PAGO,
    VIENNA,
    Json,
    at,
    born,
    days,
    dues,
    shop,
    yearly,
)
from tests.world import BEGINNING_MS, World, rule, rulebook


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        (None, at("2025-08-17 09:00", VIENNA)),
        (KIRITIMATI, at("2025-08-16 19:00")),
        (PAGO_PAGO, at("2025-08-17 20:00")),
        ("Mars/Olympus", at("2025-08-17 09:00", VIENNA)),
    ],
    ids=["the_shops", "fourteen_hours_ahead", "eleven_behind", "a_zone_that_is_none"],
)
def test_it_is_due_by_the_persons_own_clock(zone: str | None, due: int) -> None:
    """Where it is told, else by the rulebook's; at that very instant it has not rung yet."""
    world = born(shop(yearly(), zone=VIENNA), "1990-08-17", zone).at_ms(due)
    assert world.sent() == []
    assert dues(world.after("1ms")) == [due]
    assert days(world) == ["2025-08-17"]


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        *(("america/new_york", "America/New_York"), ("AMERICA/NEW_YORK", "America/New_York")),
        *(("America/New York", "America/New_York"), (" Europe/Vienna\n", VIENNA), ("utc", "UTC")),
        *(("-10:00", "Etc/GMT+10"), ("GMT+09:00", "Etc/GMT-9"), ("UTC+9", "Etc/GMT-9"), ("+0900", "Etc/GMT-9")),
        *(("Etc/GMT+10", "Etc/GMT+10"), ("+05:20", VIENNA), ("GMT+15", VIENNA), ("-10", "Etc/GMT+10")),
        *(("+05:30", "Asia/Kolkata"), ("UTC+0545", "Asia/Kathmandu"), ("-9:30", "Pacific/Marquesas")),
        *(("-02:30", VIENNA), ("+12:45", VIENNA)),
    ],
)
@pytest.mark.parametrize("by_the_device", [True, False])
def test_a_zone_is_known_however_its_name_is_written(written: str, zone: str, *, by_the_device: bool) -> None:
    """Or by how far it is from UTC. Nobody is woken at night because of how a program writes it."""
    told = {"context": {"timezone": written}} if by_the_device else {}
    traits = {"birthday": "1990-08-17"} | ({} if by_the_device else {"timezone": written})
    world = shop(yearly(), zone=VIENNA).signs_in("ada", traits=traits, **told).after("100d")
    assert dues(world) == [at("2025-08-17 09:00", zone)]


def test_what_the_person_says_of_the_zone_counts_before_the_devices() -> None:
    """A traveller whose account is in Vienna."""
    world = shop(yearly())
    world.signs_in("ada", traits={"birthday": "08-17", "timezone": VIENNA}, context={"timezone": KIRITIMATI})
    assert dues(world.after("90d")) == [at("2025-08-17 09:00", VIENNA)]


def test_the_zone_of_the_last_click_counts() -> None:
    """From one zone to another and back within a visit, told in another order than it happened."""
    world = World(rulebook(yearly()), lateness="30m")
    born(world, "08-17", VIENNA, ago="9m")
    world.visits(context={"timezone": VIENNA}, ago="7m").visits(context={"timezone": KIRITIMATI}, ago="8m")
    assert dues(world.after("90d")) == [at("2025-08-17 09:00", VIENNA)]


@pytest.mark.parametrize(
    ("local", "expected"),
    [("2026-03-29", "2026-03-29T01:00:00+00:00"), ("2025-10-26", "2025-10-26T00:30:00+00:00")],
    ids=["left_out", "comes_twice"],
)
def test_a_time_that_a_change_of_clocks_leaves_out_or_brings_twice(local: str, expected: str) -> None:
    """Half past two: the first time that there is, and the first of two."""
    world = born(shop(yearly(at="02:30"), zone=VIENNA), local[5:]).after("400d")
    assert dues(world)[0] == int(datetime.fromisoformat(expected).timestamp() * 1000) - BEGINNING_MS


@pytest.mark.parametrize(
    ("leap", "expected"),
    [
        ("feb28", ["2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"]),
        ("mar1", ["2026-03-01", "2027-03-01", "2028-02-29", "2029-03-01"]),
    ],
)
def test_29_february(leap: str, expected: list[str]) -> None:
    """In other years the day before or the day after."""
    assert days(born(shop(yearly(leap=leap)), "1996-02-29").after("1400d")) == expected


def test_the_lead_is_counted_in_calendar_days() -> None:
    """A week before, at nine, though the clocks change in between; over the end of a month and a year."""
    world = born(shop(yearly(lead="7d"), zone=VIENNA), "1990-01-03").after("300d")
    assert dues(world) == [at("2025-12-27 09:00", VIENNA)]
    world = born(shop(yearly(lead="7d"), zone=VIENNA), "1990-10-29").after("300d")
    assert dues(world) == [at("2025-10-22 09:00", VIENNA)]


@pytest.mark.parametrize(
    ("after_ms", "expected"), [(-1, ["2025-08-17"]), (0, ["2025-08-17"]), (1, [])], ids=["before", "exactly_at", "late"]
)
def test_a_date_that_is_told_on_the_day(after_ms: int, expected: list[str]) -> None:
    """What is told at exactly the due time is in time; later it is for next year."""
    world = shop(yearly()).at_ms(at("2025-08-17 09:00") + after_ms)
    assert days(born(world, "08-17").after("30d")) == expected
    assert days(world.after("360d")) == [*expected, "2026-08-17"]


def test_a_zone_that_changes_moves_what_waits() -> None:
    """In mid-flight: the same occasion at another time, and with the same id."""

    def told(zone: str) -> Json:
        world = born(shop(yearly()), "08-17", VIENNA).after("10d").visits(context={"timezone": zone})
        (fired,) = world.after("80d").fired()
        return fired

    here, there = told(VIENNA), told(KIRITIMATI)
    assert here["due_ms"] - BEGINNING_MS == at("2025-08-17 09:00", VIENNA)
    assert there["due_ms"] - BEGINNING_MS == at("2025-08-17 09:00", KIRITIMATI)
    assert here["trigger_id"] == there["trigger_id"]


def test_a_zone_in_which_the_time_is_over_speaks_at_once() -> None:
    """On the way east on the very day; and back in the west it is not said again."""
    world = born(shop(yearly()), "08-17", VIENNA).at_ms(at("2025-08-16 20:00"))
    world.visits(context={"timezone": KIRITIMATI}).after("1m")
    assert dues(world) == [at("2025-08-17 09:00", KIRITIMATI)]
    world.after("1h").visits(context={"timezone": PAGO_PAGO}).after("30d")
    assert len(dues(world)) == 1


@pytest.mark.parametrize(
    ("said", "expected"), [("2026-08-17", ["2026-08-17"]), ("2024-08-17", []), ("08-17", ["2025-08-17"])]
)
def test_once_is_that_very_day(said: str, expected: list[str]) -> None:
    """A trial that ends; without a year the next such day."""
    world = shop(yearly("calendar", date="traits.ends", every="once"))
    world.signs_in("ada", traits={"ends": said})
    assert days(world.after("1200d")) == expected


def test_an_anniversary_counts_from_the_first_order() -> None:
    """In the person's zone it was the day after; an earlier order that comes to light counts."""
    world = shop(yearly(ANNIVERSARY))
    world.visits(context={"timezone": KIRITIMATI}).signs_in("ada").orders(customer_id="ada").after("30d")
    world.orders(customer_id="ada")
    assert days(world.after("800d")) == ["2026-06-16", "2027-06-16"]


def test_an_order_that_is_undone_is_none() -> None:
    """Then the second was the first; without any there is no anniversary."""
    world = shop(yearly(ANNIVERSARY)).signs_in("ada").orders("O1", customer_id="ada", on_site=False).after("20d")
    world.orders("O2", customer_id="ada", on_site=False).after("1d")
    world.orders("O1", type="order_cancelled", customer_id="ada", on_site=False)
    assert days(world.after("400d")) == ["2026-07-05"]
    world.orders("O2", type="order_cancelled", customer_id="ada", on_site=False).after("400d")
    assert world.why(ANNIVERSARY) is Reason.DATE_GONE


def test_a_sign_up_is_the_first_of_what_may_be_one() -> None:
    """Consent is one; a later subscription is none any more."""
    world = shop(yearly("calendar", date="signup"))
    world.signs_in("ada").opts_in(customer_id="ada").after("5d").pipe({"type": "subscribed", "customer_id": "ada"})
    assert days(world.after("400d")) == ["2026-06-15"]


def test_nothing_that_is_bought_ends_it() -> None:
    """Neither before, nor on the day, nor after, and however strictly the shop looks for conversions."""
    world = born(shop(yearly(), already_converted=True), "08-17").orders(customer_id="ada")
    world.at_ms(at("2025-08-17 09:00")).orders(customer_id="ada").after("1h").orders(customer_id="ada")
    world.orders(customer_id="ada", ago="2h").after("1d")
    assert world.sent() == [BIRTHDAY]
    assert world.cancelled() == []


def test_what_is_refused_waits_for_the_next_year() -> None:
    """Whoever wants no messages this year may want them in the next."""
    world = born(shop(yearly(), consent="opt_out"), "08-17").opts_out(customer_id="ada").after("90d")
    assert world.why(BIRTHDAY) is Reason.OPTED_OUT
    world.opts_in(customer_id="ada")
    assert days(world.after("400d")) == ["2026-08-17"]


def test_its_steps_run_beside_the_year_after() -> None:
    """A greeting, and a reminder of it; an order is the answer."""
    steps = [{"wait": "0s"}, {"wait": "2d"}, {"wait": "2d"}]
    world = born(shop(yearly(steps=steps)), "08-17").at_ms(at("2025-08-20 09:00")).orders(customer_id="ada")
    assert [fired["step"] for fired in world.after("30d").fired()] == [1, 2]
    assert [fired["step"] for fired in world.after("400d").fired()] == [1, 2, 1, 2, 3]


def test_quiet_hours_put_it_off_by_the_persons_clock() -> None:
    """Nine is too early; the year after waits only once it is judged."""
    world = born(shop(yearly(), quiet_hours=[{"from": "20:00", "to": "10:00"}]), "08-17", KIRITIMATI)
    world.at_ms(at("2025-08-17 10:00", KIRITIMATI))
    assert world.decisions()[-1].verdict is Verdict.DEFERRED
    assert world.decisions()[-1].evidence == {"zone": KIRITIMATI}
    assert days(world.after("400d")) == ["2025-08-17", "2026-08-17"]


def test_two_that_become_one_are_greeted_once() -> None:
    """The date told by the device counts if it is the later word; the customer was greeted this year."""
    world = born(shop(yearly()), "08-17").at_ms(at("2025-09-01 09:00")).as_("laptop")
    world.visits(traits={"birthday": "09-20"}).after("1m").signs_in("ada")
    assert days(world.after("500d")) == ["2025-08-17", "2026-09-20"]


def test_who_is_known_before_the_rule_is_seen_at_the_next_sign_of_life() -> None:
    """The trait was asked for by a condition; then the rule comes."""
    world = World(rulebook(rule("cart_abandonment", **{"if": 'person.traits.birthday != ""'})))
    born(world, "08-17").after("1d")
    world.replay.take_over(rulebook(yearly()))
    assert world.after("1d").visits().after("90d").sent() == [BIRTHDAY]


def test_who_is_forgotten_is_not_greeted() -> None:
    """Erased, with all that was told."""
    world = born(shop(yearly()), "08-17", VIENNA).after("1d").asks_for_erasure(customer_id="ada").after("1d")
    assert world.visits().signs_in("ada").after("100d").sent() == []


def test_nobody_is_kept_for_a_date() -> None:
    """A visitor of whom nothing is heard is forgotten; a visit near the day is in time."""
    world = shop(yearly()).visits(traits={"birthday": "08-17"})
    assert world.after("25d").visits().after("25d").visits().after("40d").sent() == [BIRTHDAY]
    silent = shop(yearly()).visits(traits={"birthday": "08-17"}).after("100d")
    assert silent.sent() == []
    assert silent.replay.sessions.next_due is None


def test_a_condition_may_ask_what_the_person_has_told() -> None:
    """Only members are reminded."""
    world = World(rulebook(rule("cart_abandonment", **{"if": 'person.traits.club == "gold"'})))
    world.signs_in("ada", traits={"club": "gold"}).adds("mug").after("2h")
    world.as_("laptop").signs_in("bob", traits={"club": "none"}).adds("mug").after("2h")
    assert [fired["profile"] for fired in world.fired()] == ["c:ada"]
