"""Whether a person wants messages, and whether anything may be known: the latest word counts, by its own time.

A word is about all messages, or those of a channel, or of a category. Of all that are about a message the latest
counts.
Of two words of one time the refusal counts. A record that is delivered again changes nothing. A word that turns out to
be somebody else's is taken out again, and what was said before it counts.
"""

from collections.abc import Iterable

from schemas.facts.profile_facts import Place
from schemas.state.person import Person
from schemas.state.shelves import Consent, Word
from streams.ids import hash64
from streams.person.shelves import consent_of, own_consent

ALL = ""
"""The scope of a word on all messages."""

WORDS_MAX = 8
"""Words of each sort that are remembered, the latest. A word is taken out soon after it came, if at all."""


def scope_of(channel: str, category: str) -> str:
    """What messages a word is about: those of that channel and category, "" for any. `e_mail` is `email`."""
    return f"{channel}/{category}".replace("_", "") if channel or category else ALL


def hear_consent(person: Person, at: int, event_id: str, *, given: bool, scope: str = ALL) -> bool:
    """Take a word on consent; whether it counts. Consent that is given after a wish to be forgotten lifts that."""
    _note(person, Word(at, _mark(event_id), "given" if given else "refused", scope))
    if given and at > person.erased_at:
        person.erased = False
    if scope == ALL:
        if at < person.consent_at or (at == person.consent_at and given and person.opted_out):
            return False
        person.opted_out, person.consent_at = not given, at
        return True
    if (at, not given) < consent_of(person).scopes.get(scope, (0, False)):
        return False
    own_consent(person).scopes[scope] = at, not given
    return True


def last_word(person: Person, channel: str, category: str) -> tuple[int, bool]:
    """When the last word was said that is about messages of that channel and category, and whether it refuses; (0,
    False) if there is none. Of two words of one time the refusal counts. With "" for a channel only words on all count.
    """
    last = person.consent_at, person.opted_out
    if scopes := consent_of(person).scopes:
        for scope in _scopes_about(channel, category):
            last = max(last, scopes.get(scope, last))
    return last


def _scopes_about(channel: str, category: str) -> tuple[str, str, str]:
    """The scopes but ALL of what is about messages of that channel and category."""
    return scope_of(channel, ""), scope_of("", category), scope_of(channel, category)


def refused_since(person: Person, since: int, channel: str, category: str) -> bool:
    """Whether messages of that channel and category were refused after that time, ms, whatever was said later."""
    words = consent_of(person).words
    scopes = (ALL, *_scopes_about(channel, category)) if words else ()
    return any(word.said == "refused" and word.at > since and word.scope in scopes for word in words)


def welcome(person: Person, channel: str, category: str, needs: str) -> bool:
    """Whether messages of that channel and category are welcome. A refusal refuses always. Where the channel `needs`
    consent, marketing needs it: `opt_in` the person's word, `soft_opt_in` that or a purchase."""
    at, refused = last_word(person, channel, category)
    if refused or category != "marketing" or needs == "opt_out" or at:
        return not refused
    return needs == "soft_opt_in" and bool(person.last_order_at)


def refuses(person: Person, channel: str, category: str) -> bool:
    """Whether messages of that channel and category are not wanted."""
    return last_word(person, channel, category)[1]


def refuses_all(person: Person) -> bool:
    """Whether no messages are wanted, and nothing later was said of some of them."""
    return person.opted_out and all(
        at <= person.consent_at or refused for at, refused in consent_of(person).scopes.values()
    )


def forgotten(person: Person, at: int, event_id: str) -> Person:
    """What is left of a person who wanted to be forgotten at that time: that, and whether messages are wanted. Consent
    that was given later than the wish stands."""
    left = handed_over(person)
    _note(left, Word(at, _mark(event_id), "erased"))
    left.erased = _latest(consent_of(person).words, "given") <= at
    left.erased_at = at
    return left


def hear_older_wish(person: Person, at: int, event_id: str) -> bool:
    """Take a wish to be forgotten that changes nothing, since a later one or the very same was granted; whether it is
    one. It is remembered: the later one may turn out to be somebody else's."""
    if at > person.erased_at:
        return False
    if not any(word.at == at and word.said == "erased" for word in consent_of(person).words):
        _note(person, Word(at, _mark(event_id), "erased"))
    return True


def unsay(person: Person, gone: Place) -> None:
    """The word that stands at that place was somebody else's: what was said before counts again, and that word does not
    come back with what is inherited later."""
    at, _, event_id, _ = gone
    mark = _mark(event_id)
    heard = [
        word.scope for word in consent_of(person).words if (word.at, word.mark) == (at, mark) and word.said != "unsaid"
    ]
    _note(person, Word(at, mark, "unsaid"))
    for scope in heard:
        _count(person, scope)


def handed_over(person: Person) -> Person:
    """What a visitor still says of itself when all else is the customer's."""
    said = person.consent
    return Person(
        opted_out=person.opted_out,
        consent_at=person.consent_at,
        erased=person.erased,
        erased_at=person.erased_at,
        consent=None if said is None else Consent(list(said.words), dict(said.scopes)),
    )


def join_consent(person: Person, joining: Person) -> None:
    """Two become one: the latest word of both counts, but for those that are known to be somebody else's."""
    unsaid = {(word.at, word.mark) for word in consent_of(person).words if word.said == "unsaid"}
    gone = {word.scope for word in consent_of(joining).words if (word.at, word.mark) in unsaid}
    if gone:
        joining = handed_over(joining)
        own_consent(joining).words = [word for word in consent_of(joining).words if (word.at, word.mark) not in unsaid]
        for scope in gone:
            _count(joining, scope)
    for word in consent_of(joining).words:
        if word.said in ("given", "refused"):
            _note(person, word)
    if joining.consent_at > person.consent_at:
        person.opted_out, person.consent_at = joining.opted_out, joining.consent_at
    elif joining.consent_at == person.consent_at:
        person.opted_out = person.opted_out or joining.opted_out
    for scope, word_on in consent_of(joining).scopes.items():
        scopes = own_consent(person).scopes
        scopes[scope] = max(word_on, scopes.get(scope, word_on))


def _mark(event_id: str) -> int:
    return int.from_bytes(hash64(event_id.encode()))


def _note(person: Person, word: Word) -> None:
    """Put the word at its place among the others; the same one once."""
    others = [known for known in consent_of(person).words if (known.at, known.mark) != (word.at, word.mark)]
    alike = [known for known in others if known.said == word.said]
    if len(alike) >= WORDS_MAX:
        others.remove(min(alike, key=_order))
    own_consent(person).words = sorted((*others, word), key=_order)


def _order(word: Word) -> tuple[int, bool, int]:
    return word.at, word.said == "refused", word.mark


def _count(person: Person, scope: str) -> None:
    """What counts of that scope, by the words that are left."""
    words = consent_of(person).words
    given, refused = _latest(words, "given", scope), _latest(words, "refused", scope)
    if scope != ALL:
        scopes = own_consent(person).scopes
        scopes.pop(scope, None)
        if given or refused:
            scopes[scope] = max(given, refused), refused >= given
    else:
        person.opted_out, person.consent_at = refused > 0 and refused >= given, max(given, refused)
    person.erased_at = _latest(words, "erased")
    person.erased = person.erased_at > 0 and _latest(words, "given") <= person.erased_at


def _latest(words: Iterable[Word], said: str, scope: str | None = None) -> int:
    return max((word.at for word in words if word.said == said and scope in (None, word.scope)), default=0)
