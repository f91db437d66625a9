"""After a silence, or when orders had held W back, everybody in a partition is over at once: what is decided is the
same, and not all of them are alive together."""

import pytest

from streams.replay import ONE_EACH, ORDERS_0
from streams.visits import told, visitor_profiles, visits
from streams.visits.session_stage import SessionStage
from tests.streams.records import batch, click, given_record
from tests.world import rule, rulebook

HOUR = 3_600_000
VISITORS = 25


@pytest.fixture(params=[1, 10, VISITORS, told.AT_A_TIME])
def at_a_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many visitors are over at a time."""
    for place in (visits, visitor_profiles):
        monkeypatch.setattr(place, "AT_A_TIME", request.param)
    return int(request.param)


def test_all_who_are_over_at_once_are_reminded(at_a_time: int) -> None:
    """Each once, in the order in which they are over, however many are taken at a time (`at_a_time`); then only records
    are held."""
    stage = SessionStage(0, rulebook(rule("browse_abandonment", wait="1h")), ONE_EACH, 1000)
    said = [
        click("product_viewed", at=HOUR + number, visitor=f"phone-{number:02}", product_id="mug")
        for number in range(VISITORS)
    ]
    records = [given_record(one, key=one["visitor_id"].encode(), offset=n) for n, one in enumerate(said)]
    stage.heard({ORDERS_0: 10 * HOUR})
    stage.fold(batch(records, now=HOUR + 1000))
    stage.fold(batch([], now=10 * HOUR, first=VISITORS, at_end=True))
    held = [visitor.profile for visitor in stage._visits.visitors.values()]
    assert all(isinstance(profile, bytes) for profile in held)
    fired = [out.key.decode() for out in stage.take().outputs if out.topic == "triggers"]
    assert fired == [f"v:phone-{number:02}" for number in range(VISITORS)]
    assert (stage.open_visits, stage.open_episodes, stage.waiting_facts) == (0, 0, 0)
