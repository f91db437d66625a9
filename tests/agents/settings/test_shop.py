"""What the settings say of the shop: links with a secret, and rates by day."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.settings.shop import shop
from agents.settings.shop_settings import ShopSettings

SECRET = "a secret of 24 bytes, ok"
URL = "https://shop.example/cart?t={token}"


def test_nothing_is_said_by_default() -> None:
    """No links, no rates."""
    assert shop(ShopSettings()).links is None
    assert shop(ShopSettings()).rates.changed(100, "USD", "EUR", 1) is None


def test_a_link_needs_a_template_and_a_secret(tmp_path: Path) -> None:
    """From the settings, or from a file, whose end of line is no part of it."""
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    direct = shop(ShopSettings.model_validate({"restore_url": URL, "restore_secret": SECRET}))
    filed = shop(ShopSettings.model_validate({"restore_url": URL, "restore_secret_file": file}))
    assert direct.links == filed.links
    assert direct.links is not None
    assert direct.links.key == SECRET.encode()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"restore_url": "https://shop.example/", "restore_secret": SECRET}, "an address with {token} in it"),
        ({"restore_url": "ftp://x/{token}", "restore_secret": SECRET}, "an address with {token} in it"),
        ({"restore_url": URL}, "restore_url needs a secret that signs"),
        ({"rates": [{"currency": "USD", "since": "2026-01-01", "rate": "0.9"}]}, "rates need rates_to"),
        ({"rates_to": "EURO"}, "rates_to is no currency"),
        ({"rates_to": "USD", "rates": [{"currency": "USD", "since": "2026-01-01", "rate": "0.9"}]}, "into which"),
        ({"rates_to": "EUR", "rates": [{"currency": "USD", "since": "2026-01-01", "rate": 1}] * 2}, "twice on one day"),
        ({"rates_to": "EUR", "rates": [{"currency": "USD", "since": "2026-01-01", "rate": 0}]}, "greater than 0"),
    ],
)
def test_mistakes_have_a_sentence(said: dict[str, Any], told: str) -> None:
    """At the start, and not when the first message goes out."""
    with pytest.raises(ValidationError, match=told.replace("{", r"\{").replace("}", r"\}")):
        ShopSettings.model_validate(said)


def test_a_short_secret_is_refused_and_not_shown() -> None:
    """It would be guessed."""
    with pytest.raises(ValueError, match="less than 24 bytes") as told:
        shop(ShopSettings.model_validate({"restore_url": URL, "restore_secret": "too short"}))
    assert "too short" not in str(told.value)


def test_rates_are_in_force_from_their_day_on() -> None:
    """Midnight UTC included; in any order in the settings."""
    told = [
        {"currency": "USD", "since": date(2026, 2, 1), "rate": "0.8"},
        {"currency": "USD", "since": "2026-01-01", "rate": "0.9"},
    ]
    rates = shop(ShopSettings.model_validate({"rates_to": "EUR", "rates": told})).rates
    first, second = 1_767_225_600_000, 1_769_904_000_000
    assert rates.at("USD", first - 1) is None
    assert rates.at("USD", first) == rates.at("USD", second - 1) == Decimal("0.9")
    assert rates.at("USD", second) == Decimal("0.8")
    assert rates.at("GBP", second) is None
