"""What marketers write: the slips of YAML, of units and of names, each with a sentence that mends it."""

import pytest

from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused, rulebook_from_text
from streams.triggers.rule_conditions import mistakes_in

HEAD = "name: shop\nrules:\n"
CART = "  - {id: cart, kind: cart_abandonment, wait: 1h"
SEGMENTS = 'name: shop\nsegments: [{id: loyal, if: "person.orders > 3"}]\ntiers: [{id: gold, if: "true"}]\nrules:\n'


def read(text: str) -> Rulebook:
    """The rulebook that the text is."""
    return rulebook_from_text(text, "shop.yaml", mistakes_in)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            HEAD + "  - id: a\n    kind: lapse\n    wait: 90d\n    wait: 30d\n",
            "6: 'wait' stands there twice; name it once",
        ),
        (HEAD + "\t- id: a\n", "3: this is not YAML: there is a tab in the line; write blanks"),
        (HEAD + "  - id:\ta\n", "3: this is not YAML: there is a tab in the line; write blanks"),
        (
            HEAD + CART + "}\n---\nname: b\n",
            "4: this is not YAML: a second document begins with `---`; a rulebook is one",
        ),
        (HEAD + "  - {id: yes, kind: lapse, wait: 90d}\n", "3: rules.0.lapse.id: yes is no text; write it in quotes"),
        (HEAD + "  - {id: 7, kind: lapse, wait: 90d}\n", "3: rules.0.lapse.id: 7 is no text; write it in quotes"),
        ("name:\nrules:\n" + CART + "}\n", "1: name: it is empty; write a text"),
        (HEAD + "  -\n", "3: rules.0: nothing is no mapping; write {id: …, kind: …}"),
        (HEAD + "  - lapse\n", "3: rules.0: lapse is no mapping; write {id: …, kind: …}"),
        (HEAD + "  - {id: a, kind: }\n", "3: rules.0: a rule has a kind; write one, such as `kind: cart_abandonment`"),
        (HEAD + "  - {id: a, kind: lapse}\n", "3: rules.0.lapse.wait: it is missing; write `wait: …`"),
        (
            HEAD + CART + ", cooldown: 7d}\n",
            "3: rules.0.cart_abandonment.cooldown: there is no setting 'cooldown' here; did",
        ),
        (
            HEAD + CART + ", steps: 24h}\n",
            "3: rules.0.cart_abandonment.steps: 24h is no list; write it in brackets: [24h]",
        ),
        (HEAD + CART + ", steps: [24h]}\n", "3: rules.0.cart_abandonment.steps.0: 24h is no mapping; write {wait: …}"),
        (
            HEAD + CART + ", steps: [{wait: 0s}, {wait: 1d, when: x}]}\n",
            "3: rules.0.cart_abandonment.steps.1.when: there is no",
        ),
        (
            HEAD + CART + ", steps: [{wait: 0s}, {wait: 0s}]}\n",
            "3: rules.0.cart_abandonment: step 2 waits for nothing: two",
        ),
        (
            HEAD + CART + ", stop_on: [click]}\n",
            "3: rules.0.cart_abandonment: stop_on ends a run of steps, and this rule",
        ),
        (
            HEAD + CART + ", deadline: 7d}\n",
            "3: rules.0.cart_abandonment: deadline ends a run of steps, and this rule speaks",
        ),
        (
            HEAD + CART + ", steps: [{wait: 0s}, {wait: 1d}], stop_on: clicked}\n",
            "3: rules.0.cart_abandonment.stop_on.0: 'clicked' is",
        ),
        (
            HEAD + CART + ", steps: [{wait: 0s}, {wait: 1d, if: person.ordrs == 0}]}\n",
            "3:92: rules.0.steps.1.if: person has no",
        ),
        (
            HEAD + CART + ', destination: ""}\n',
            "3: rules.0.cart_abandonment.destination: it is empty; write at least one",
        ),
        (
            HEAD + CART + ", channels: email}\n",
            "3: rules.0.cart_abandonment.channels: email is no list; write it in brackets",
        ),
        (
            HEAD + CART + ", priority: high}\n",
            "3: rules.0.cart_abandonment.priority: 'high' is no whole number; write one",
        ),
        (HEAD + CART + ", shadow: maybe}\n", "3: rules.0.cart_abandonment.shadow: 'maybe' is neither true nor false"),
        (
            HEAD + CART + ", min_cart_value: 50 EURO}\n",
            "3: rules.0.cart_abandonment: min_cart_value is 50 EURO, and 'EURO' is no",
        ),
        (
            HEAD + "  - {id: b, kind: birthday, at: 9}\n",
            "3: rules.0.birthday.at: 9 is no time of day; write hours and minutes",
        ),
        (
            HEAD + "  - {id: b, kind: birthday, at: 0700}\n",
            "3: rules.0.birthday.at: '0700' is no time of day; write hours",
        ),
        (
            HEAD + "  - {id: p, kind: price_drop, min_drop: 5 EUR}\n",
            "3: rules.0.price_drop.min_drop: '5 EUR' is no amount; did you mean 5?",
        ),
        (
            HEAD + "  - {id: s, kind: sequence, after: custom, wait: 1h}\n",
            "3: rules.0.sequence.after.event: an event of your own has",
        ),
        (
            HEAD + "  - {id: x, kind: exit_intent, if: 'event.url == \"x\"'}\n",
            "3:37: rules.0.if: there is no event here",
        ),
        (
            HEAD + "  - {id: x, kind: exit_intent, if: 'customer.orders > 1'}\n",
            "3:37: rules.0.if: there is no customer here; did you mean person?",
        ),
        (
            HEAD + "  - {id: c, kind: abandoned_cart}\n",
            "3: rules.0: there is no kind 'abandoned_cart'; did you mean 'cart_",
        ),
        (HEAD + CART + ", if: }\n", "3: if: it is empty; write it, or take it out"),
        ("name: shop\nrules:\n", "2: rules: it is empty; write at least one"),
        (
            HEAD + CART + ", message: {template: a, offer: TEN}}\n",
            "3: rules.0.cart_abandonment.message.offer: TEN is no mapping; write {code: …}",
        ),
        (
            HEAD + "  - {id: r, kind: replenishment, cycles: [30d]}\n",
            "3: rules.0.replenishment.cycles: [30d] is no mapping; write {<name>: …}",
        ),
        (
            HEAD + "  - {id: w, kind: winback, wait: {gap_factor: 0}}\n",
            "3: rules.0.winback.wait.gap_factor: 0 is too small; write more than 0",
        ),
        (
            "name: shop\nsegments: {vip: 'person.orders > 3'}\nrules:\n" + CART + "}\n",
            "2: segments: {vip: person.orders > 3} is no list; write [{id: …, if: …}]",
        ),
        (
            "name: shop\nholdout: {percent: 5%}\nrules:\n" + CART + "}\n",
            "2: holdout.percent: '5%' is no number; did you mean 5?",
        ),
        ("name: shop\nrules:\n  - id: a\n   kind: lapse\n", "4: this is not YAML: the line is not indented as those"),
        (
            HEAD + CART + ", if: person.consent(email)}\n",
            '3:69: rules.0.if: there is no email here; write "email" if it is a text',
        ),
        (
            HEAD + CART + ", if: 'person.consent(\"emial\")'}\n",
            '3:70: rules.0.if: there is no "emial"; did you mean email?',
        ),
        (
            "name: shop\nconsent: {email: double}\nrules:\n" + CART + "}\n",
            "2: consent: email cannot need 'double'; write opt_out",
        ),
        (
            SEGMENTS + CART + ", if: '\"loyel\" in person.segment'}\n",
            '5:55: rules.0.if: there is no "loyel"; did you mean loyal?',
        ),
        (
            SEGMENTS + CART + ", if: 'person.tier != \"golden\"'}\n",
            '5:70: rules.0.if: there is no "golden"; did you mean gold?',
        ),
        (
            SEGMENTS + CART + ", if: 'person.stage == \"loyal\"'}\n",
            '5:71: rules.0.if: there is no "loyal"; the rulebook has no stages; write stages',
        ),
        (
            SEGMENTS
            + "  - {id: s, kind: sequence, wait: 1h, after: {event: tier_left, where: event.tier == 'silver'}}\n",
            "5:86: rules.0.after.where: there is no 'silver' (there are gold)",
        ),
        (
            HEAD + CART + "}\n" + CART.replace("cart,", "b,") + "}\n" + CART + "}\n",
            "5: two rules have the id 'cart'; ids are part of trigger ids and must differ",
        ),
    ],
)
def test_a_slip_has_its_place_and_its_mend(text: str, mistake: str) -> None:
    """One sentence."""
    with pytest.raises(RulebookRefused) as refused:
        read(text)
    (said,) = refused.value.mistakes
    assert said.startswith(f"shop.yaml:{mistake}"), said


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *(("1 hour", "1h"), ("2 Days", "2d"), ("30 min", "30m"), ("1.5h", "90m"), ("1h30m", "90m"), ("1w", "7d")),
        *(("3 weeks", "21d"), ("90 secs", "90s"), ("1 day 12 hours", "36h"), ("0", "0s")),
    ],
)
def test_a_duration_in_other_words_is_understood_and_asked_for(written: str, meant: str) -> None:
    """A guess is not taken, it is offered."""
    with pytest.raises(RulebookRefused, match=f"is no duration; did you mean {meant}\\?"):
        read(HEAD + f"  - {{id: a, kind: lapse, wait: {written}}}\n")


@pytest.mark.parametrize("written", ["3 months", "soon", "-1h", "P1D", "90", "1e3s"])
def test_what_may_mean_anything_is_not_guessed(written: str) -> None:
    """A month is no number of days."""
    with pytest.raises(RulebookRefused, match="write a whole number and a unit, such as 90s, 60m, 36h or 30d"):
        read(HEAD + f"  - {{id: a, kind: lapse, wait: {written}}}\n")


@pytest.mark.parametrize("written", ["36601d", "99999999999999999999d"])
def test_nobody_waits_for_longer_than_a_hundred_years(written: str) -> None:
    """Nor could it be held."""
    with pytest.raises(RulebookRefused, match=f"'{written}' is longer than a hundred years; write less"):
        read(HEAD + f"  - {{id: a, kind: lapse, wait: {written}}}\n")
    assert read(HEAD + "  - {id: a, kind: lapse, wait: 36600d}\n").by_id.keys() == {"a"}


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("at: 9:30", 'at: "09:30"'),
        ("at: 21:30", 'at: "21:30"'),
        ("shadow: on", "shadow: true"),
        ("holdout: no", "holdout: false"),
        ("if: true", 'if: "true"'),
        ("steps: [{wait: 0s}, {wait: 1d}], stop_on: click", "steps: [{wait: 0s}, {wait: 1d}], stop_on: [click]"),
    ],
)
def test_what_can_only_mean_one_thing_is_taken(said: str, means: str) -> None:
    """A bare time of day, yes and no, a single word for a list."""
    books = [read(HEAD + f"  - {{id: b, kind: birthday, {one}}}\n") for one in (said, means)]
    assert books[0].version == books[1].version


def test_the_name_of_an_event_stands_for_the_event() -> None:
    """Where nothing more has to hold of it."""
    short = read(HEAD + "  - {id: s, kind: sequence, wait: 1h, after: page_viewed, unless: [order, custom:booked]}\n")
    said = "after: {event: page_viewed}, unless: [{event: order}, {event: custom:booked}]"
    assert short.version == read(HEAD + f"  - {{id: s, kind: sequence, wait: 1h, {said}}}\n").version


def test_a_product_id_keeps_its_noughts() -> None:
    """YAML would read 0042 as 34."""
    book = read(HEAD + "  - {id: c, kind: cross_sell, wait: 7d, bought: [0042], offer: [0043]}\n")
    assert "0042" in book.rules[0].reading


@pytest.mark.parametrize("levels", [7, 30])
def test_a_rulebook_that_multiplies_itself_is_refused_at_once(levels: int) -> None:
    """Anchors of anchors: a few lines that would be millions of rules."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, levels)]
    with pytest.raises(RulebookRefused, match="it has more than 100000 values, each counted as often as it is named"):
        read("name: shop\n" + "\n".join(lines) + f"\nrules: *a{levels - 1}\n")


def test_an_anchor_that_is_named_twice_is_fine() -> None:
    """For what several rules have in common."""
    book = read(HEAD + "  - {id: a, kind: lapse, wait: &w 90d}\n  - {id: b, kind: lapse, wait: *w}\n")
    assert [rule.fields["wait"] for rule in book.rules] == ["7776000000ms"] * 2


def test_a_step_that_never_comes_is_cautioned_of() -> None:
    """The rule is valid: a first step is a first step."""
    steps = "steps: [{wait: 0s}, {wait: 1d}]"
    (caution,) = read(HEAD + CART + f", {steps}, deadline: 25h}}\n").cautions
    assert "its last step would come after 25 hours, and never does: the deadline is after 25 hours" in caution
    assert read(HEAD + CART + f", {steps}, deadline: 26h}}\n").cautions == ()


@pytest.mark.parametrize(
    "waits",
    [
        "winback, wait: 30d",
        "winback, wait: {gap_factor: 3, min: 30d, max: 365d, default: 90d}",
        "replenishment, lead: 3d, cycles: {tea: 33d, oil: 99d}",
        "replenishment, default_cycle: 30d",
    ],
)
def test_so_is_one_of_a_rule_that_waits_by_the_persons_own_pace(waits: str) -> None:
    """Of whoever it waits for the shortest."""
    rule = f"  - {{id: a, kind: {waits}, steps: [{{wait: 0s}}, {{wait: 1d}}], deadline: "
    (caution,) = read(f"{HEAD}{rule}31d}}\n").cautions
    assert "would come after 31 days, and never does: the deadline is after 31 days" in caution
    assert read(f"{HEAD}{rule}32d}}\n").cautions == ()


def test_a_rule_that_expires_while_it_waits_for_others_is_cautioned_of() -> None:
    """Each trigger waits for `settle`; what answers on the spot does not."""
    both = HEAD.replace("rules:", "settle: 10m\nrules:") + "  - {id: x, kind: exit_intent, expires_after: 30s}\n" + CART
    (caution,) = read(both + ", expires_after: 10m}\n").cautions
    assert caution == (
        "rule 'cart' never speaks: settle lets it wait for 10 minutes, and it expires after 10 minutes; write a "
        "longer expires_after, or a shorter settle"
    )
    assert read(both + ", expires_after: 11m}\n").cautions == ()


def test_a_channel_that_no_rule_has_is_cautioned_of() -> None:
    """With the one that was meant, if one is like it."""
    (caution,) = read(
        "name: shop\ncaps: [{max: 1, per: 1d, channel: emial}]\nrules:\n" + CART + ", channel: email}\n"
    ).cautions
    assert caution.endswith("which no rule has, so it concerns none; did you mean 'email'?")
