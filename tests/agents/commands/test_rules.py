"""`afterclick rules` as marketers meet it, as far as no broker is needed: tests/e2e/test_rulebooks.py has the rest."""

from pathlib import Path

import orjson
from typer.testing import CliRunner, Result

from agents.cli import app
from agents.commands.refusing import WRONG

CART = "name: x\nrules: [{id: cart, kind: cart_abandonment, wait: 60m}]\n"
NOWHERE = {"AFTERCLICK_KAFKA__BOOTSTRAP": "127.0.0.1:9"}


def rules(*words: object) -> Result:
    """The command's end; no broker answers it."""
    return CliRunner().invoke(app, ["rules", *map(str, words)], env=NOWHERE)


def test_check_says_what_each_rule_means() -> None:
    """In plain language, by its id."""
    result = rules("check", "preset")
    assert result.exit_code == 0
    assert "cart_abandonment: An hour after the last change of a cart, or the last step of its" in result.stdout
    assert (
        "cart_merge: When a visitor turns out to be a customer, what was in both carts is in the cart;" in result.stdout
    )
    assert "preset: 10 rules, valid, version " in result.stderr


def test_diff_of_two_files_needs_no_broker(tmp_path: Path) -> None:
    """In words, and for machines."""
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(CART)
    other.write_text(CART.replace("60m", "45m"))
    result = rules("diff", one, other)
    assert (result.exit_code, result.stdout.splitlines()[:2]) == (
        0,
        ["changed cart", "    wait: an hour becomes 45 minutes"],
    )
    (said,) = orjson.loads(rules("diff", one, other, "--json").stdout)
    assert (said["rule"], said["what"], said["changes"]) == ("cart", "changed", ["wait: an hour becomes 45 minutes"])
    assert "nothing changes" in rules("diff", one, one).stderr


def test_an_invalid_rulebook_is_not_published(tmp_path: Path) -> None:
    """Its mistakes are told before anybody is asked."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(CART.replace("60m", "soon"))
    result = rules("apply", bad)
    assert result.exit_code == WRONG
    assert "bad.yaml:2: rules.0.cart_abandonment.wait: 'soon' is no duration" in result.stderr


def test_without_a_broker_there_is_a_sentence(tmp_path: Path) -> None:
    """And no traceback."""
    for words in (["list"], ["apply", "plain"], ["diff", "plain"]):
        result = rules(*words)
        assert result.exit_code == WRONG
        assert "rules: " in result.stderr
