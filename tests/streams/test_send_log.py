"""The log of what a person was sent: what counts, since when, and for how long."""

from collections import Counter

from schemas.rules.policy import CAP_MAX, CAP_PER_MAX_MS
from schemas.state.person import Fired, Person
from schemas.state.shelves import Dealings, Send
from streams.limits import size_of
from streams.person import person_limits
from streams.person.person_limits import SENDS_MAX, few_sends
from streams.person.send_log import commit, forget_sends, join_sends, let_go, sent
from streams.person.shelves import dealings_of


def fired(at: int, *, anchor: int = 0, channel: str = "", category: str = "marketing") -> Fired:
    """A trigger that was judged at that time."""
    id_ = f"t{at}{channel}{category}"
    return Fired(id_, "v:p", "r", "v", "k", anchor, at, at, "p", at=at, channel=channel, category=category)


def test_what_is_kept_counts_as_it_did() -> None:
    """Whether it can still be taken back or not."""
    person = Person(fired=[fired(10, channel="sms"), fired(20, category="transactional")])
    before = [sent(person, 0, 99, *of) for of in ((None, None), ("sms", None), (None, "transactional"))]
    let_go(person, person.fired)
    assert person.fired == []
    after = [sent(person, 0, 99, *of) for of in ((None, None), ("sms", None), (None, "transactional"))]
    assert before == after == [[10, 20], [10], [20]]


def test_what_was_released_is_not_kept() -> None:
    """It reached nobody."""
    dead = fired(10)
    commit(dead, "dead", 15)
    person = Person(fired=[dead])
    let_go(person, [dead])
    assert (dealings_of(person).sends, person.fired) == ([], [])


def test_a_delivery_is_taken_once() -> None:
    """A receipt that comes again, or a later word, does not move it."""
    one = fired(10)
    commit(one, "delivered", 15)
    commit(one, "delivered", 30)
    commit(one, "dead", 40)
    assert (one.at, one.delivered) == (15, True)


def test_what_is_answered_on_the_spot_is_not_counted_before_its_time() -> None:
    """An exit intent goes ahead of W: a timer of before it, which is judged later, does not know it. What was delivered
    after the moment that is judged counts: it was sent."""
    person = Person(fired=[fired(50, anchor=50)])
    assert sent(person, 0, 49, None, None) == []
    assert sent(person, 0, 50, None, None) == [50]
    person = Person(fired=[fired(40)])
    commit(person.fired[0], "delivered", 60)
    assert sent(person, 0, 50, None, None) == [60]


def _sent(sends: list[Send]) -> Person:
    return Person(dealings=Dealings(sends=sends))


def test_what_no_cap_looks_back_to_is_forgotten() -> None:
    """Exactly then: it lies outside (now - per, now]."""
    person = _sent([Send(1, "", ""), Send(2, "", "")])
    forget_sends(person, CAP_PER_MAX_MS + 1)
    assert [one.at for one in dealings_of(person).sends] == [2]


def test_two_persons_sends_are_one_log() -> None:
    """In order."""
    person, joining = _sent([Send(2, "", "")]), _sent([Send(1, "", ""), Send(3, "", "")])
    join_sends(person, joining)
    assert [one.at for one in dealings_of(person).sends] == [1, 2, 3]


def test_the_log_is_cut_by_number_and_by_bytes() -> None:
    """The oldest go first, and every cap can still be counted."""
    counted: Counter[str] = Counter()
    person = _sent([Send(number, "email", "marketing") for number in range(SENDS_MAX + 20)])
    few_sends(person, lambda what, by: counted.update({what: by}))
    sends = dealings_of(person).sends
    assert (len(sends), sends[0].at, counted["sends"]) == (SENDS_MAX, 20, 20)
    assert CAP_MAX <= SENDS_MAX
    wide = Send(10**13, "c" * 32, "transactional")
    person = _sent([wide] * SENDS_MAX)
    few_sends(person, lambda what, by: None)
    assert CAP_MAX <= len(dealings_of(person).sends) <= SENDS_MAX
    assert size_of(dealings_of(person).sends) <= person_limits.SENDS_BYTES_MAX
