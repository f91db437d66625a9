"""Bugs in what a condition means: the unknown, faults, numbers, and what keeps a hostile one from stalling."""

from tests.mutants.bug import Bug, bug

LANGUAGE = "tests/streams/triggers/conditions/test_language.py"
NULL = "tests/streams/triggers/conditions/test_null.py"
LIMITS = "tests/streams/triggers/conditions/test_limits.py"
MISTAKES = "tests/streams/triggers/conditions/test_mistakes.py"
ASKED = "tests/streams/triggers/conditions/test_asked.py"

BUGS: list[Bug] = [
    bug(
        "order_is_worth_the_next_cart",
        "a condition on what counts from an order sees what is in the cart",
        "streams/triggers/fold.py",
        "    cart = _goods(case, episode, ROWS[rule.kind])",
        "    cart = case.person.cart",
        "tests/stories/test_post_purchase.py",
    ),
    bug(
        "tax_is_a_float",
        "what a tax is added to stops the worker",
        "streams/triggers/event_fields.py",
        '"shipping", "tax", "quantity"',
        '"shipping", "quantity"',
        "tests/streams/test_event_fields.py",
    ),
    bug(
        "unknown_is_unequal",
        "of two things that nobody knows, != holds",
        "streams/triggers/conditions/comparing.py",
        "return value is not None and against is not None and compare(value, against)",
        "return compare(value, against)",
        NULL,
    ),
    bug(
        "a_fault_stops_the_rest",
        "a fault on the left hides that the right decides",
        "streams/triggers/conditions/compiling.py",
        "                fault = fault or found\n        if fault is not None:\n            raise fault\n        return not decides\n",
        "                raise found\n        return not decides\n",
        LANGUAGE,
    ),
    bug(
        "floats_as_they_are",
        "a price of 10.1 in the properties is not the 10.1 of the condition",
        "streams/triggers/conditions/naming.py",
        "        return plain(value) if type(value) is float else value\n",
        "        return value\n",
        LANGUAGE,
    ),
    bug(
        "strings_are_not_looked_at",
        "the library's lexer sees a string that is not closed, and takes until the end of days",
        "streams/triggers/conditions/reading.py",
        "        if said in ('\"', \"'\"):\n",
        "        if said in ():\n",
        MISTAKES,
    ),
    bug(
        "elements_cost_nothing",
        "what is asked of the person for each line of a cart is done for each line of a cart",
        "streams/triggers/conditions/terms.py",
        "self.cost += steps if self.element is None else steps * LIST_MOST",
        "self.cost += steps",
        LIMITS,
    ),
    bug(
        "a_part_hides_the_whole",
        "a map that is asked for whole travels with one field, since that is asked for, too",
        "streams/triggers/conditions/condition.py",
        'return any(path.startswith(f"{other}.") for other in paths)',
        'return any(other.startswith(f"{path}.") for other in paths)',
        ASKED,
    ),
]
