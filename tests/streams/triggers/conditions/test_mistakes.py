"""A mistake says what is wrong, where, and how to mend it."""

import pytest

from streams.triggers.conditions.condition import compile_condition
from streams.triggers.conditions.mistakes import Mistake
from streams.triggers.conditions.names import OF_A_PERSON, OF_AN_EVENT
from tests.streams.triggers.conditions.given import mistake

MISTAKES = [
    # names
    ("evnt.name == 'x'", 1, 1, "there is no evnt here; did you mean event? (there are cart, episode, event, person)"),
    ("event.nmae == 'x'", 1, 7, "event has no field nmae; did you mean name?"),
    ("event.colour == 'x'", 1, 7, "what is a shop's own is in event.traits, event.properties, event.context"),
    ("person.ordres > 1", 1, 8, "person has no field ordres; did you mean orders?"),
    ("true &&\n  person.order_in('3d') > 1", 2, 10, "person has no order_in(…); did you mean orders_in?"),
    ("person.orders_in > 1", 1, 8, 'person.orders_in is asked with an argument: write person.orders_in("30d")'),
    ("person.orders() > 1", 1, 8, "person.orders is a field: write it without brackets"),
    ("event.lines.exists(l, l.sku == 'A')", 1, 25, "l has no field sku"),
    ("event.lines.exists(l, m.sku == 'A')", 1, 23, "there is no m here"),
    ("cart.worth > 1", 1, 6, "cart has no field worth"),
    ("now() > 1", 1, 1, "a condition knows no now"),
    ("siez(event.name) > 1", 1, 1, "there is no function siez; did you mean size?"),
    ("event.name.startswith('x')", 1, 12, "there is no startswith(…); did you mean startsWith?"),
    ("event.name.split(',') == 'x'", 1, 12, "there is no split(…) (there are all, contains, endsWith, exists,"),
    ("event.name.getHours() == 9", 1, 7, "event.name is a string, and getHours is asked of times, such as episode.due"),
    ("episode.due.getHours('Mars') == 9", 1, 22, "'Mars' is no time zone; write one such as \"Europe/Vienna\""),
    ("episode.due.getHours('UTC', 1) == 9", 1, 13, "getHours takes no or 1 argument, not 2"),
    # kinds
    (
        'person.orders == "0"',
        1,
        15,
        'person.orders is an int and "0" is a string: these are never equal; write 0 without',
    ),
    ("event.name == 5", 1, 12, 'these are never equal; write "5"'),
    ("event.name > null", 1, 12, "nothing is > null; write == null or != null"),
    ("person.next_order_at > '2026-01-01'", 1, 22, 'write timestamp("2026-01-01T00:00:00Z")'),
    (
        "event.properties.at > episode.due",
        1,
        21,
        "episode.due is a timestamp, and event.properties.at may be anything but",
    ),
    (
        "event.properties.at == duration('1h')",
        1,
        21,
        "duration('1h') is a duration, and event.properties.at may be anything",
    ),
    ("event.occurred_at > timestamp(5)", 1, 31, "5 is an int; a time is read from a string"),
    ("episode.due - episode.anchor > 5", 1, 30, "is a duration and 5 is an int: these cannot be compared"),
    (
        "person.segment == 'loyal'",
        1,
        16,
        'person.segment is a list, and is not compared as a whole; write "…" in person.segment',
    ),
    (
        "event.properties == 'x'",
        1,
        18,
        "event.properties is a map, and is not compared as a whole; name one of its fields",
    ),
    ("5 in person.segment", 1, 3, "5 is an int, and person.segment holds string only"),
    ("'x' in event.name", 1, 5, "write event.name.contains('x')"),
    ("true < false", 1, 6, "true is a bool, which is neither less nor greater than another"),
    ("event.name + 1 == 'x1'", 1, 12, "put string(…) around the number"),
    ("event.name * 2 == 1", 1, 12, "* does not take these"),
    ("-event.name == 'x'", 1, 1, "event.name is a string, and has no sign"),
    ("person.orders", 1, 8, "person.orders is an int; true or false is needed here, so compare it with something"),
    ("!person.orders", 1, 9, "true or false is needed here"),
    ("event.name == 'x' || person.orders", 1, 29, "true or false is needed here"),
    ("person", 1, 1, "true or false is needed here"),
    ("event == 'x'", 1, 1, "event is a whole record; name one of its fields"),
    ("event['name'] == 'x'", 1, 1, "a field of event is named after a dot"),
    ("event.name.first == 'x'", 1, 12, "event.name is a string, and has no field first"),
    ("event.name.exists(x, true)", 1, 12, "event.name is a string, and exists is asked of lists"),
    ("event.lines.exists(true)", 1, 13, 'write event.lines.exists(x, x.product_id == "…")'),
    ("event.lines.exists(event, true)", 1, 20, "event means something else already"),
    ("event.lines.exists(l, event.lines.all(k, true))", 1, 35, "all stands inside another exists or all"),
    ("(true ? 1 : 'a') == 1", 1, 2, "they have to be of one kind"),
    ("event.name in ['a', 1]", 1, 15, "they have to be of one kind"),
    ("event.name in ['a', null]", 1, 21, "a list in a condition holds single values"),
    ("event.name.contains('a', 'b')", 1, 12, "contains takes 1 argument, not 2"),
    ("person.orders.contains('a')", 1, 8, "person.orders is an int, and contains is asked of strings"),
    ("has(true)", 1, 1, "write has(event.properties.plan)"),
    # arguments
    ('person.orders_in("365") > 1', 1, 18, "'365' is no duration; write a whole number and a unit, such as 90s"),
    ('person.orders_in("0d") > 1', 1, 18, "'0d' is no time at all"),
    ("person.orders_in(365) > 1", 1, 18, 'write the duration itself: person.orders_in("30d")'),
    ("person.orders_in(event.name) > 1", 1, 24, 'write the duration itself: person.orders_in("30d")'),
    ("person.orders_in() > 1", 1, 8, "person.orders_in takes one argument"),
    ("person.consent('emial')", 1, 16, "there is no 'emial'; did you mean email? (there are email, sms"),
    ("cart.has(5)", 1, 10, '5 is an int; write a string: cart.has("…")'),
    ("event.name.matches('(')", 1, 20, "'(' is no pattern of RE2: missing )"),
    (r"event.name.matches(r'(a)\1')", 1, 20, "is no pattern of RE2"),
    ("event.name.matches(event.url)", 1, 26, "write the pattern itself, as a string"),
    ("event.occurred_at > timestamp('yesterday')", 1, 31, "write the time itself, with its zone"),
    ("event.occurred_at > timestamp('2026-02-30T00:00:00Z')", 1, 31, "write the time itself, with its zone"),
    # what cannot be read
    ("", 1, 1, "it is empty"),
    ("event.name ==", 1, 14, "it ends too early; something has to follow"),
    ("(event.name == 'x'\n", 1, 19, "it ends too early"),
    ("event.name = 'x'", 1, 12, "'=' cannot stand here; write == to compare"),
    ("event.name == 'x' and true", 1, 19, "'and' cannot stand here; write && for and"),
    ("event.name == 'x' OR true", 1, 19, "'OR' cannot stand here; write || for or"),
    ("not event.properties.x", 1, 5, "write ! for not"),
    ("event.name <> 'x'", 1, 13, "'>' cannot stand here; write != for unequal"),
    ("person.orders => 1", 1, 15, "'=>' cannot stand here; write >= for at least"),
    ("event.name == '\ud800'", 1, 16, "half a character"),
    ("event.name == 'x", 1, 15, "the string that begins here is not closed in its line; close it with '"),
    ("event.name == \"x'", 1, 15, 'close it with "'),
    ("event.name == “x”", 1, 15, "“ is a typographic quote"),
    ('event.name == """x"""', 1, 15, 'a string stands in one pair of quotes: write "…"'),
    (r"event.name == '\q'", 1, 15, r"\q in a string says no character"),
    (r"event.name == '\ud800'", 1, 15, "says no character"),
    ("event.name == b'x'", 1, 15, "bytes are not used in conditions"),
    ("{'a': 1}", 1, 1, "maps are not written in conditions"),
    (".event.name == 'x'", 1, 1, "a name does not begin with a dot"),
    ("person.orders > 99999999999999999999", 1, 17, "this whole number is too large"),
    ("event.value > 1e400", 1, 15, "this number is too long or too large"),
]


@pytest.mark.parametrize(("text", "line", "column", "sentence"), MISTAKES, ids=[one[0] for one in MISTAKES])
def test_a_mistake_is_named_where_it_is(text: str, line: int, column: int, sentence: str) -> None:
    """Line and column count from 1."""
    found = mistake(text)
    assert sentence in found.sentence
    assert (found.line, found.column) == (line, column)


def test_it_is_told_with_the_place_in_the_rulebook() -> None:
    """As one sentence that a person can act on."""
    made = compile_condition("event.nam == 'quote'", OF_AN_EVENT, "quote_reminder: after.where")
    assert str(made) == "quote_reminder: after.where, line 1, column 7: event has no field nam; did you mean name?"


def test_what_exists_depends_on_where_it_stands() -> None:
    """A clause on an event knows no person, a segment no event."""
    made = compile_condition("person.orders == 0", OF_AN_EVENT, "where")
    assert isinstance(made, Mistake)
    assert made.sentence == "there is no person here (there is event)"
    made = compile_condition("event.name == 'x'", OF_A_PERSON, "segment")
    assert isinstance(made, Mistake)
    assert "there is no event here" in made.sentence
