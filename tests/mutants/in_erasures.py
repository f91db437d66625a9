"""Bugs in what an erasure takes, of what was before it and came later, and of what came after it."""

from tests.mutants.bug import Bug, bug

ERASURE = "tests/stories/test_erasure.py"

BUGS: list[Bug] = [
    bug(
        "what_came_after_the_wish_is_forgotten_too",
        "an order that was heard before an older wish is lost, and she is reminded of what she has bought",
        "streams/profiles/wishes.py",
        "    profile.journal = [entry for entry in profile.journal if entry.at > fact.at]\n",
        "    profile.journal = []\n",
        ERASURE,
    ),
    bug(
        "visitors_forget_what_came_after_the_wish",
        "what somebody unknown has put into the cart since is lost",
        "streams/profiles/wishes.py",
        "        if entry.at > fact.at or isinstance(entry.fact, Linked) or not is_whose:\n",
        "        if isinstance(entry.fact, Linked) or not is_whose:\n",
        ERASURE,
    ),
    bug(
        "carts_told_since_the_wish_are_nobodys",
        "whoever buys that cart does not end it",
        "streams/profiles/people.py",
        "                for entry in list(profile.journal):",
        "                for entry in profile.journal[:0]:",
        ERASURE,
    ),
    bug(
        "look_of_before_an_erasure_counts_when_it_comes_later",
        "a product comes back with the visit's end",
        "streams/visits/visitors.py",
        "    visitor.forgotten = max(visitor.forgotten, until)\n",
        "",
        ERASURE,
    ),
    bug(
        "preview_of_before_an_erasure_is_kept",
        "the cart of a phone that was hers stands in her record",
        "streams/profiles/arrivals.py",
        "    if case.person.erased_at and too_late_for(case, fact, tell):\n        return\n    profile.joining",
        "    profile.joining",
        ERASURE,
    ),
    bug(
        "visit_that_is_forgotten_is_told_to_nobody",
        "who signs in next does not know that the phone is hers",
        "streams/profiles/arrivals.py",
        "        note_visit(profile, fact)\n        return\n",
        "        return\n",
        ERASURE,
    ),
    bug(
        "second_wish_of_a_visit_reaches_no_device",
        "what was looked at between two wishes comes back",
        "streams/profiles/arrivals.py",
        "        fact = since_forgotten(case, fact, tell)\n",
        "        pass\n",
        ERASURE,
    ),
    bug(
        "old_erasure_forgets_who_holds_a_cart",
        "an order of it that names the cart alone ends no reminder",
        "streams/profiles/people.py",
        " and profile.person is not person:",
        ":",
        ERASURE,
    ),
    bug(
        "erasure_drops_what_a_phone_refused",
        "what was refused on a phone is lost with what an erasure drops",
        "streams/profiles/wishes.py",
        "        join_consent(person, fact.person)\n",
        "",
        "tests/stories/test_consent_by_channel.py",
    ),
    bug(
        "bought_carts_name_the_buyer",
        "the address of who was forgotten lies in every partition",
        "streams/intake/intake_stage.py",
        "buyer = hash_of(_owner(order))",
        "buyer = _owner(order)",
        "tests/stories/test_erasure.py",
    ),
]
