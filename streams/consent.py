"""Whether a person wants messages, and whether anything may be known: the latest word counts, by its own time.

Of two words of one time the refusal counts. A record that is delivered again changes nothing. A word that turns out to
be somebody else's is taken out again, and what was said before it counts.
"""

from collections.abc import Iterable

from schemas.facts import Place
from schemas.person import Person, Word
from streams.ids import hash64

WORDS_MAX = 8
"""Words of each sort that are remembered, the latest. A word is taken out soon after it came, if at all."""


def hear_consent(person: Person, at: int, event_id: str, *, given: bool) -> bool:
    """Take a word on consent; whether it counts. Consent that is given after a wish to be forgotten lifts that."""
    _note(person, Word(at, _mark(event_id), "given" if given else "refused"))
    if given and at > person.erased_at:
        person.erased = False
    if at < person.consent_at or (at == person.consent_at and given and person.opted_out):
        return False
    person.opted_out, person.consent_at = not given, at
    return True


def forgotten(person: Person, at: int, event_id: str) -> Person:
    """What is left of a person who wanted to be forgotten at that time: that, and whether messages are wanted. Consent
    that was given later than the wish stands."""
    left = handed_over(person)
    _note(left, Word(at, _mark(event_id), "erased"))
    left.erased = _latest(person.words, "given") <= at
    left.erased_at = at
    return left


def hear_older_wish(person: Person, at: int, event_id: str) -> bool:
    """Take a wish to be forgotten that changes nothing, since a later one or the very same was granted; whether it is
    one. It is remembered: the later one may turn out to be somebody else's."""
    if at > person.erased_at:
        return False
    if not any(word.at == at and word.said == "erased" for word in person.words):
        _note(person, Word(at, _mark(event_id), "erased"))
    return True


def unsay(person: Person, gone: Place) -> None:
    """The word that stands at that place was somebody else's: what was said before counts again, and that word does not
    come back with what is inherited later."""
    at, _, event_id, _ = gone
    mark = _mark(event_id)
    was_heard = any((word.at, word.mark) == (at, mark) and word.said != "unsaid" for word in person.words)
    _note(person, Word(at, mark, "unsaid"))
    if was_heard:
        _count(person)


def handed_over(person: Person) -> Person:
    """What a visitor still says of itself when all else is the customer's."""
    return Person(
        opted_out=person.opted_out,
        consent_at=person.consent_at,
        erased=person.erased,
        erased_at=person.erased_at,
        words=list(person.words),
    )


def join_consent(person: Person, joining: Person) -> None:
    """Two become one: the latest word of both counts, but for those that are known to be somebody else's."""
    unsaid = {(word.at, word.mark) for word in person.words if word.said == "unsaid"}
    if any((word.at, word.mark) in unsaid for word in joining.words):
        joining = handed_over(joining)
        joining.words = [word for word in joining.words if (word.at, word.mark) not in unsaid]
        _count(joining)
    for word in joining.words:
        if word.said in ("given", "refused"):
            _note(person, word)
    if joining.consent_at > person.consent_at:
        person.opted_out, person.consent_at = joining.opted_out, joining.consent_at
    elif joining.consent_at == person.consent_at:
        person.opted_out = person.opted_out or joining.opted_out


def _mark(event_id: str) -> int:
    return int.from_bytes(hash64(event_id.encode()))


def _note(person: Person, word: Word) -> None:
    """Put the word at its place among the others; the same one once."""
    others = [known for known in person.words if (known.at, known.mark) != (word.at, word.mark)]
    alike = [known for known in others if known.said == word.said]
    if len(alike) >= WORDS_MAX:
        others.remove(min(alike, key=_order))
    person.words = sorted((*others, word), key=_order)


def _order(word: Word) -> tuple[int, bool, int]:
    return word.at, word.said == "refused", word.mark


def _count(person: Person) -> None:
    """What counts, by the words that are left."""
    person.erased_at = _latest(person.words, "erased")
    given, refused = _latest(person.words, "given"), _latest(person.words, "refused")
    person.opted_out, person.consent_at = refused > 0 and refused >= given, max(given, refused)
    person.erased = person.erased_at > 0 and given <= person.erased_at


def _latest(words: Iterable[Word], said: str) -> int:
    return max((word.at for word in words if word.said == said), default=0)
