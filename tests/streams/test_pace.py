"""How fast a visitor is, as it is kept and counted: W makes it less, and a restart changes nothing."""

from itertools import pairwise

from streams.limits import uncounted
from streams.visits.fresh_clicks import FreshClick
from streams.visits.pace import CLICKS_A_MINUTE, hurried
from streams.visits.visitor_record import decode, encode
from streams.visits.visitors import CLICK_TIMES_MAX, Visit, Visitor, settle

START = 1_750_000_000_000


def clicked(visit: Visit, times: list[int], *, settled: bool) -> int | None:
    """Let the visit have these clicks, one after another; which one was too many. With `settled` W follows at once."""
    for number, at in enumerate(times, 1):
        visit.end = at
        visit.fresh.append(FreshClick(at, f"e{at}"))
        suspicion = hurried(visit, "phone") if number > CLICKS_A_MINUTE else None
        if suspicion is not None:
            assert suspicion.at == at
            return number
        if settled:
            settle(visit, at + 1, uncounted)
    return None


def test_what_w_has_passed_counts_as_well() -> None:
    """Also where it is more than a visit keeps for other ends."""
    slow = [START + 600 * number for number in range(CLICK_TIMES_MAX + 300)]
    fast = [slow[-1] + 300 * number for number in range(1, 200)]
    assert all(later - earlier < 60_000 for earlier, later in pairwise(slow))
    found = [clicked(Visit(START, START, "e", "e", []), slow + fast, settled=settled) for settled in (False, True)]
    assert found[0] == found[1]
    assert (found[0] or 0) > len(slow)


def test_a_restart_forgets_nothing() -> None:
    """The record holds what is counted."""
    visit = Visit(START, START, "e", "e", [])
    clicked(visit, [START + 600 * number for number in range(CLICK_TIMES_MAX + 50)], settled=True)
    visit.carts, visit.suspected_at = visit.clicks[:80], START + 7
    assert len(visit.beyond) == 50 * 8
    visitor = Visitor(visits=(visit,))
    assert decode(encode(visitor)) == visitor
