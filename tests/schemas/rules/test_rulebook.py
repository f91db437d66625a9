"""A rulebook is refused whole, with file, line and reason; what is accepted means one thing."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rules.kinds import CartAbandonment, ExitIntent
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused, rulebook_from_text
from schemas.rules.words import DAY_MS, UNITS_MS, duration_ms, duration_or_off

SHIPPED = sorted(Path("agents/rulebooks").glob("*.yaml"))
HEAD = "name: shop\n"
ONE = "rules:\n  - {id: cart, kind: cart_abandonment, wait: 60m}\n"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_rulebook_is_accepted(path: Path) -> None:
    """And is called what its file is called."""
    book = rulebook_from_text(path.read_text(encoding="utf-8"), path.name)
    assert book.name == path.stem
    assert book.by_id.keys() == {rule.id for rule in book.rules}


def test_the_plain_rulebook_has_everything_off_that_can_be_off() -> None:
    """What batch computations are compared with."""
    book = rulebook_from_text(Path("agents/rulebooks/plain.yaml").read_text(encoding="utf-8"), "plain.yaml")
    assert (book.ladder, book.consent, book.already_converted, book.session_max) == (False, "ignore", False, None)
    assert book.session_gap == 30 * 60_000
    assert all(rule.cool_down is None for rule in book.rules)
    exit_intent = book.by_id["exit_intent"]
    assert isinstance(exit_intent, ExitIntent)
    assert (exit_intent.min_views, exit_intent.min_cart_value, exit_intent.expires_after) == (3, Decimal(0), 30_000)
    assert all(rule.expires_after is None for rule in book.rules if rule is not exit_intent)


def test_what_is_not_said_has_its_documented_value() -> None:
    """A rulebook of one line is a cautious one."""
    book = rulebook_from_text(HEAD + ONE, "shop.yaml")
    assert (book.ladder, book.consent, book.already_converted) == (True, "opt_out", True)
    assert (book.session_gap, book.session_max, book.retention) == (1_800_000, DAY_MS, 30 * DAY_MS)
    assert book.customer_retention == 5 * 365 * DAY_MS
    (rule,) = book.rules
    assert isinstance(rule, CartAbandonment)
    assert (rule.wait, rule.expires_after, rule.cool_down, rule.min_cart_value) == (3_600_000, DAY_MS, None, Decimal(0))


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", ["shop.yaml:1: a rulebook is a mapping with `name` and `rules`"]),
        ("- a\n- b\n", ["shop.yaml:1: a rulebook is a mapping with `name` and `rules`"]),
        ("name: shop\nrules: [\n", ["shop.yaml:3: this is not YAML: "]),
        (ONE, ["shop.yaml:1: name: it is missing; write `name: …`"]),
        (HEAD, ["shop.yaml:1: rules: it is missing; write `rules: …`"]),
        (HEAD + "rules: []\n", ["shop.yaml:2: rules: it is empty; write at least one"]),
        (
            HEAD + "sesion_gap: 30m\n" + ONE,
            ["shop.yaml:2: sesion_gap: there is no setting 'sesion_gap' here; did you mean 'session_gap'?"],
        ),
        (HEAD + "session_gap: 30\n" + ONE, ["shop.yaml:2: session_gap: 30 is no duration; write a whole number and a"]),
        (HEAD + "session_gap: 0m\n" + ONE, ["shop.yaml:2: session_gap: 0m is too small; write more than 0"]),
        (HEAD + "session_gap: off\n" + ONE, ["shop.yaml:2: session_gap: off is no duration"]),
        (
            HEAD + "consent: maybe\n" + ONE,
            ["shop.yaml:2: consent: 'maybe' is no consent; write opt_out, ignore, or what"],
        ),
        (
            HEAD + ONE + "  - {id: x, kind: cart, wait: 60m}\n",
            ["shop.yaml:4: rules.1: there is no kind 'cart'; did you mean 'cart_abandonment'?"],
        ),
        (
            HEAD + "rules:\n  - {id: x, wait: 60m}\n",
            ["shop.yaml:3: rules.0: a rule has a kind; write one, such as `kind: cart_abandonment`"],
        ),
        (
            HEAD + "rules:\n  - id: cart\n    kind: cart_abandonment\n    wait: 1 hour\n",
            ["shop.yaml:5: rules.0.cart_abandonment.wait: '1 hour' is no duration; did you mean 1h?"],
        ),
        (
            HEAD + "rules:\n  - id: cart\n    kind: cart_abandonment\n    wait: 60m\n    min_view: 3\n",
            ["shop.yaml:6: rules.0.cart_abandonment.min_view: there is no setting 'min_view' here; there are"],
        ),
        (
            HEAD + "rules:\n  - id: Cart!\n    kind: cart_abandonment\n    wait: 60m\n",
            ["shop.yaml:3: rules.0.cart_abandonment.id: 'Cart!' cannot be an id; write small letters"],
        ),
        (
            HEAD + "rules:\n  - id: cart\n    kind: cart_abandonment\n    wait: 60m\n    min_cart_value: -1\n",
            ["shop.yaml:6: rules.0.cart_abandonment.min_cart_value: -1 is too small; write at least 0"],
        ),
        (
            HEAD + "rules:\n  - id: cart\n    kind: cart_abandonment\n    wait: 60m\n    min_cart_value: 50 EURO\n",
            ["shop.yaml:3: rules.0.cart_abandonment: min_cart_value is 50 EURO, and 'EURO' is no currency; write"],
        ),
        (
            HEAD + "rules:\n  - {id: cart, kind: cart_abandonment, wait: 60m, min_cart_value: 50 EUR, currency: USD}\n",
            ["shop.yaml:3: rules.0.cart_abandonment: min_cart_value is 50 EUR, and currency is USD; name the currency"],
        ),
        (HEAD + "currency: euros\n" + ONE, ["shop.yaml:2: currency: 'euros' is no currency; write its three letters"]),
        (
            HEAD + "rules:\n  - id: cart\n    kind: cart_abandonment\n    wait: 60m\n    expires_after: 0s\n",
            ["shop.yaml:6: rules.0.cart_abandonment.expires_after: "],
        ),
        (
            HEAD + "rules:\n  - id: exit\n    kind: exit_intent\n    min_views: 0\n",
            ["shop.yaml:5: rules.0.exit_intent.min_views: 0 is too small; write at least 1"],
        ),
        (HEAD + ONE + "  - {id: cart, kind: lapse, wait: 30d}\n", ["shop.yaml:4: two rules have the id 'cart'"]),
        (
            HEAD + "rules:\n  - {id: b, kind: browse_abandonment, wait: 20m}\n",
            ["shop.yaml:3: rule 'b' waits less than the session gap"],
        ),
        (
            HEAD + "rules:\n  - {id: i, kind: inactivity, wait: 20m}\n",
            ["shop.yaml:3: rule 'i' waits less than the session gap"],
        ),
        (HEAD + "session_max: 5m\n" + ONE, ["shop.yaml:2: session_max is shorter than session_gap"]),
        (
            HEAD + "ladder: perhaps\nretention: soon\n" + ONE,
            ["shop.yaml:2: ladder: ", "shop.yaml:3: retention: 'soon' is no duration"],
        ),
    ],
    ids=[
        "nothing",
        "a_list",
        "no_yaml",
        "no_name",
        "no_rules",
        "empty_rules",
        "misspelt",
        "number_for_a_duration",
        "no_gap",
        "gap_off",
        "unknown_consent",
        "unknown_kind",
        "no_kind",
        "words_for_a_duration",
        "unknown_setting",
        "bad_id",
        "negative_value",
        "no_currency",
        "two_currencies",
        "no_currency_of_the_shop",
        "expires_at_once",
        "no_views",
        "one_id_twice",
        "browse_waits_less_than_the_gap",
        "inactivity_waits_less_than_the_gap",
        "max_below_gap",
        "several",
    ],
)
def test_a_mistake_is_refused_with_file_line_and_reason(text: str, mistakes: list[str]) -> None:
    """One sentence a mistake, at the line where it stands."""
    with pytest.raises(RulebookRefused) as refused:
        rulebook_from_text(text, "shop.yaml")
    assert len(refused.value.mistakes) == len(mistakes)
    for said, expected in zip(refused.value.mistakes, mistakes, strict=True):
        assert said.startswith(expected), said


@pytest.mark.parametrize("wait", ["30m", "31m"], ids=["exactly_the_gap", "longer"])
def test_a_wait_of_exactly_the_gap_is_accepted(wait: str) -> None:
    """A session is known to be over then."""
    book = rulebook_from_text(HEAD + f"rules:\n  - {{id: b, kind: browse_abandonment, wait: {wait}}}\n", "shop.yaml")
    assert book.rules[0].id == "b"


@given(st.integers(0, 36_600), st.sampled_from(sorted(UNITS_MS)))
def test_a_duration_is_a_whole_number_and_a_unit(number: int, unit: str) -> None:
    """In ms inside."""
    assert duration_ms(f"{number}{unit}") == number * UNITS_MS[unit]


@pytest.mark.parametrize("text", ["", "60", "m", "-5m", "1.5h", "60 m", "60M", "1w", "1h30m", 60, None, True])
def test_anything_else_is_no_duration(text: object) -> None:
    """A guess would be off by a thousand."""
    with pytest.raises(ValueError, match="no duration"):
        duration_ms(text)


@pytest.mark.parametrize("text", ["off", "never", False, None])
def test_what_can_be_off_is_off(text: object) -> None:
    """YAML reads a bare `off` as false."""
    assert duration_or_off(text) is None


def book_of(amount: str, head: str = HEAD) -> Rulebook:
    """A rulebook with one cart rule of that least value."""
    return rulebook_from_text(
        head + f"rules:\n  - {{id: cart, kind: cart_abandonment, wait: 60m, min_cart_value: {amount}}}\n", "shop.yaml"
    )


@pytest.mark.parametrize(
    ("amount", "head", "expected"),
    [
        ("50", HEAD, (50, None)),
        ("50 EUR", HEAD, (50, "EUR")),
        ("49.90 eur", HEAD, (Decimal("49.90"), "EUR")),
        ("50", HEAD + "currency: usd\n", (50, "USD")),
        ("50 EUR", HEAD + "currency: USD\n", (50, "EUR")),
        ("0", HEAD + "currency: USD\n", (0, None)),
    ],
    ids=["bare", "own", "lower_case", "the_shops", "own_beside_the_shops", "nothing"],
)
def test_an_amount_has_a_currency(amount: str, head: str, expected: tuple[object, str | None]) -> None:
    """Its own, else the rulebook's. Nothing is nothing in any currency."""
    (rule,) = book_of(amount, head).rules
    assert isinstance(rule, CartAbandonment)
    assert (rule.min_cart_value, rule.currency) == expected


def test_an_amount_without_a_currency_is_cautioned_of() -> None:
    """It is allowed, and no cart that names a currency meets it: the sentence has the mend."""
    (caution,) = book_of("50").cautions
    assert "'cart'" in caution
    assert "write 50 EUR" in caution
    assert book_of("50 EUR").cautions == book_of("0").cautions == book_of("50", HEAD + "currency: EUR\n").cautions == ()


def test_a_rules_version_changes_with_its_currency() -> None:
    """It judges otherwise."""
    one, other = book_of("50", HEAD + "currency: EUR\n"), book_of("50", HEAD + "currency: USD\n")
    assert one.rules[0].version != other.rules[0].version
    assert one.rules[0].version == book_of("50 EUR").rules[0].version


def test_a_rules_version_changes_with_the_rule_and_with_nothing_else() -> None:
    """Order of settings, comments and other rules are no change."""
    texts = [
        HEAD + "rules:\n  - {id: cart, kind: cart_abandonment, wait: 60m}\n",
        HEAD + "ladder: false\nrules:\n  # a comment\n  - {wait: 3600s, kind: cart_abandonment, id: cart}\n",
        HEAD + "rules:\n  - {id: cart, kind: cart_abandonment, wait: 61m}\n",
    ]
    versions = [rulebook_from_text(text, "shop.yaml").rules[0].version for text in texts]
    assert versions[0] == versions[1] != versions[2]
    assert len(versions[0]) == 12
