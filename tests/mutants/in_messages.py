"""Bugs in what a trigger asks of the message."""

from tests.mutants.bug import Bug, bug

MESSAGES = "tests/stories/test_messages.py"

BUGS: list[Bug] = [
    bug(
        "the_first_viewed_is_shown_first",
        "what they looked at last, and longest, is cut",
        "streams/triggers/messages.py",
        " else reversed(viewed)",
        " else viewed",
        MESSAGES,
    ),
    bug(
        "limit_is_one_more",
        "five products in a template for four",
        "streams/triggers/messages.py",
        "tuple(found)[: message.limit]",
        "tuple(found)[: message.limit + 1]",
        MESSAGES,
    ),
    bug(
        "each_step_has_the_rules_message",
        "the offer of the last step is never made",
        "schemas/rules/timed.py",
        "        return self.message if own is None else own\n",
        "        return self.message\n",
        MESSAGES,
    ),
    bug(
        "the_next_steps_message",
        "the offer comes a step too early",
        "schemas/rules/timed.py",
        "self.steps[step - 1].message if step <= len(self.steps)",
        "self.steps[step].message if step < len(self.steps)",
        MESSAGES,
    ),
    bug(
        "offer_counts_from_the_anchor",
        "the code of the third reminder is four days shorter",
        "streams/triggers/messages.py",
        "_offer(message, rings_at(episode))",
        "_offer(message, episode.anchor)",
        MESSAGES,
    ),
    bug(
        "a_bought_carts_link_lives_on",
        "the reminder of the next cart opens the one that was bought",
        "streams/person/carts.py",
        "        if carts.named.at <= at:\n            carts.named = NO_CART_NAMED\n",
        "",
        "tests/stories/test_restore_links.py",
    ),
    bug(
        "a_link_ends_counted_from_the_anchor",
        "the link of the third reminder has ended before it is sent",
        "streams/triggers/messages.py",
        "restore_url(rings_at(episode))",
        "restore_url(episode.anchor)",
        "tests/stories/test_restore_links.py",
    ),
    bug(
        "what_was_asked_for_comes_after_the_reminder",
        "who asks for the cart at the very moment of its reminder gets two mails of it",
        "streams/triggers/episodes.py",
        "return not asked, -rung(episode)",
        "return asked, -rung(episode)",
        "tests/stories/test_requests.py",
    ),
]
