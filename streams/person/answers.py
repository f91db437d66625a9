"""Answers: the events of a person that end what a rule waits for.

In order, an event ends what waits the moment it is folded, and nothing need be remembered. An anchor that comes late,
or with a visitor who turns out to be this person, may be older than its answer: it is looked for here when it is due.
"""

from collections.abc import Iterator

from schemas.facts.profile_facts import Place
from schemas.rules.timed import WaitingRule
from schemas.rules.words import DAY_MS
from schemas.state.order import Ordered
from schemas.state.person import Person
from schemas.state.shelves import Answer
from streams.limits import ID_BYTES_MAX, Cut, size_of
from streams.person.shelves import dealings_of, own_dealings

KEPT_MS = DAY_MS
"""How much longer than a rule waits its answers are kept: an anchor that is a day late is still answered."""

ANSWERS_MAX = 50
"""Answers a rule. The oldest go first; those of a day are fewer, unless there are many values."""

ANSWERS_BYTES_MAX = 24 * 1024
"""Answers of all rules, an id and a value each. The oldest go first."""

_ANSWERS_FEW = ANSWERS_BYTES_MAX // (2 * ID_BYTES_MAX)


def remember_answer(person: Person, rule: WaitingRule, place: Place, same: str, cut: Cut) -> None:
    """The event at that place ends what the rule waits for; that of a value if there is one."""
    own = own_dealings(person).answers.setdefault(rule.id, [])
    answer: Answer = (*place[:3], same)
    if answer in own:
        return
    own.append(answer)
    own.sort()
    since = own[-1][0] - rule.longest_wait - KEPT_MS
    own[:] = [one for one in _without_needless(own, rule.first_wait) if one[0] >= since]
    fit_answers(person, cut)


def _without_needless(answers: list[Answer], wait: int) -> list[Answer]:
    """Without those that their neighbours of the same value stand for: whatever waits for the one in the middle is not
    due before the next one comes."""
    needless: set[Answer] = set()
    last: dict[str, tuple[Answer, ...]] = {}
    for answer in answers:
        before = last.get(answer[3], ())
        if len(before) == 2 and answer[0] - before[0][0] <= wait:
            needless.add(before[1])
            before = before[:1]
        last[answer[3]] = (*before[-1:], answer)
    return [answer for answer in answers if answer not in needless]


def answers_of(person: Person, rule_id: str, same: str) -> Iterator[Ordered]:
    """Where the answers stand that count for that value."""
    return (answer[:3] for answer in dealings_of(person).answers.get(rule_id, ()) if answer[3] in ("", same))


def join_answers(person: Person, joining: Person) -> None:
    """Two become one: what ended it for either is an answer."""
    for rule_id, brought in dealings_of(joining).answers.items():
        answers = own_dealings(person).answers
        answers[rule_id] = sorted({*answers.get(rule_id, ()), *brought})


def fit_answers(person: Person, cut: Cut) -> None:
    """Cut the answers that are too many, or take too many bytes, in place."""
    answers = dealings_of(person).answers
    for own in answers.values():
        if len(own) > ANSWERS_MAX:
            cut("answers", len(own) - ANSWERS_MAX)
            del own[:-ANSWERS_MAX]
    if sum([len(own) for own in answers.values()]) <= _ANSWERS_FEW or size_of(answers) <= ANSWERS_BYTES_MAX:
        return
    while answers and size_of(answers) > ANSWERS_BYTES_MAX:
        oldest = min(answers, key=lambda rule_id: answers[rule_id][0])
        del answers[oldest][0]
        if not answers[oldest]:
            del answers[oldest]
        cut("answers", 1)
