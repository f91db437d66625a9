"""Whether a person wants messages, and whether anything may be known: the latest word counts, by its own time.

Of two words of one time the refusal counts. A record that is delivered again changes nothing.
"""

from schemas.person import Person


def hear_consent(person: Person, at: int, *, given: bool) -> bool:
    """Take a word on consent; whether it counts. Consent that is given after a wish to be forgotten lifts that."""
    if at < person.consent_at or (at == person.consent_at and given and person.opted_out):
        return False
    if given and person.erased and at <= person.erased_at:
        return False
    person.opted_out, person.consent_at = not given, at
    if given:
        person.erased = False
    return True


def forgotten(person: Person, at: int) -> Person:
    """What is left of a person who wanted to be forgotten at that time: that, and whether messages are wanted. Consent
    that was given later than the wish stands."""
    erased = not (person.consent_at > at and not person.opted_out)
    return Person(opted_out=person.opted_out, consent_at=person.consent_at, erased=erased, erased_at=at)


def handed_over(person: Person) -> Person:
    """What a visitor still says of itself when all else is the customer's."""
    return Person(
        opted_out=person.opted_out, consent_at=person.consent_at, erased=person.erased, erased_at=person.erased_at
    )


def join_consent(person: Person, joining: Person) -> None:
    """Two become one: the latest word of both counts."""
    if joining.consent_at > person.consent_at:
        person.opted_out, person.consent_at = joining.opted_out, joining.consent_at
    elif joining.consent_at == person.consent_at:
        person.opted_out = person.opted_out or joining.opted_out
