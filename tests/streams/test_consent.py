"""What a person said of messages: the latest word counts, and a word that was somebody else's is taken out for good."""

from collections import Counter

from schemas.facts.profile_facts import ConsentChanged
from schemas.state.person import Person
from streams.person.consent import WORDS_MAX, forgotten, hear_consent, hear_older_wish, join_consent, refuses, unsay
from streams.person.person_limits import SCOPES_MAX, few_scopes
from streams.person.shelves import consent_of

WRONG = ConsentChanged(20, "wrong", False)


def refused(person: Person) -> Person:
    """Somebody else's refusal came there."""
    hear_consent(person, WRONG.at, WRONG.event_id, given=WRONG.given)
    return person


def test_a_word_that_was_taken_out_does_not_come_back_with_what_is_inherited() -> None:
    """The visitor was told of it, too. What else the visitor said counts."""
    person, visitor = refused(Person()), refused(Person())
    hear_consent(visitor, 10, "own", given=True)
    unsay(person, WRONG.place())
    join_consent(person, visitor)
    assert (person.opted_out, person.consent_at) == (False, 10)


def test_it_counts_again_where_it_turns_out_to_be_hers_after_all() -> None:
    """It is said to her once more."""
    person = refused(Person())
    unsay(person, WRONG.place())
    assert refused(person).opted_out


def test_a_word_of_which_nobody_has_heard_is_taken_out_before_it_is_inherited() -> None:
    """And changes nothing else: she has refused at a time of which no word is kept."""
    person = Person(opted_out=True, consent_at=5)
    unsay(person, WRONG.place())
    assert person.opted_out
    join_consent(person, refused(Person()))
    assert (person.opted_out, person.consent_at) == (True, 5)


def test_an_erasure_is_taken_out_and_the_older_one_counts() -> None:
    """What was forgotten stays so; from then on she is known again, but for what is of before her own wish."""
    person = forgotten(forgotten(Person(), 10, "own"), 20, "wrong")
    hear_consent(person, 15, "back", given=True)
    assert person.erased
    unsay(person, WRONG.place())
    assert (person.erased, person.erased_at) == (False, 10)


def test_the_last_words_of_each_sort_are_kept() -> None:
    """A feed that says the same every night takes no room."""
    person = forgotten(Person(), 1, "erased")
    for at in range(2, 50):
        hear_consent(person, at, f"e{at}", given=at == 7)
    said = [word.said for word in consent_of(person).words]
    assert (said.count("refused"), said.count("given"), said.count("erased")) == (WORDS_MAX, 1, 1)


def test_an_older_erasure_that_came_behind_a_later_one_counts_when_that_is_taken_out() -> None:
    """It had changed nothing when it came."""
    person = forgotten(Person(), 20, "wrong")
    assert hear_older_wish(person, 10, "own")
    unsay(person, WRONG.place())
    assert (person.erased, person.erased_at) == (True, 10)
    assert not hear_older_wish(person, 11, "next")


def test_a_word_on_some_messages_that_was_somebody_elses_is_taken_out() -> None:
    """What was said before of the same messages counts again, and nothing else is touched."""
    person = Person()
    hear_consent(person, 5, "all", given=False)
    hear_consent(person, 10, "own", given=True, scope="sms/")
    hear_consent(person, 20, "wrong", given=False, scope="sms/")
    hear_consent(person, 15, "mail", given=True, scope="email/")
    assert refuses(person, "sms", "marketing")
    unsay(person, WRONG.place())
    assert consent_of(person).scopes == {"sms/": (10, False), "email/": (15, False)}
    assert (person.opted_out, person.consent_at) == (True, 5)
    assert not refuses(person, "sms", "marketing")
    assert refuses(person, "push", "marketing")


def test_two_persons_words_on_some_messages_are_one() -> None:
    """The latest counts, of two of one time the refusal; but for what is known to be somebody else's."""
    person, joining = Person(), Person()
    unsay(person, WRONG.place())
    for one, at, event_id, given, scope in (
        (person, 10, "a", True, "sms/"),
        (joining, 10, "b", False, "sms/"),
        (person, 10, "c", True, "/marketing"),
        (joining, 12, "d", False, "/marketing"),
        (joining, 20, "wrong", False, "push/"),
    ):
        hear_consent(one, at, event_id, given=given, scope=scope)
    join_consent(person, joining)
    assert consent_of(person).scopes == {"sms/": (10, True), "/marketing": (12, True)}
    assert not refuses(person, "push", "transactional")


def test_a_wish_to_be_forgotten_leaves_what_is_refused() -> None:
    """Who wanted no sms wants none afterwards."""
    person = Person()
    hear_consent(person, 10, "a", given=False, scope="sms/")
    assert consent_of(forgotten(person, 20, "e")).scopes == {"sms/": (10, True)}


def test_names_without_end_are_cut() -> None:
    """What was given goes first, then the oldest refusal."""
    person, cuts = Person(), Counter[str]()
    for number in range(SCOPES_MAX + 2):
        hear_consent(person, number + 1, f"e{number}", given=number == 5, scope=f"c{number}/")
        few_scopes(person, lambda what, by: cuts.update({what: by}))
    assert (len(consent_of(person).scopes), cuts["scopes"]) == (SCOPES_MAX, 2)
    assert {"c5/", "c0/"}.isdisjoint(consent_of(person).scopes)


def test_of_two_words_of_one_time_on_the_same_messages_the_refusal_counts() -> None:
    """Whichever comes last."""
    person = Person()
    assert hear_consent(person, 10, "no", given=False, scope="sms/")
    assert not hear_consent(person, 10, "yes", given=True, scope="sms/")
    assert refuses(person, "sms", "marketing")
