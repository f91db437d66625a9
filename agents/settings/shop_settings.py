"""What is the shop's own, and no marketer's: where carts come back, and what other money is worth."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from agents.settings.section import Section
from schemas.base import Currency
from schemas.events.currencies import DIGITS
from streams.triggers.restore_links import TOKEN

RESTORE_SECRET_BYTES_MIN = 24


class RateSettings(Section):
    """From that day on, UTC, one of `currency` is worth `rate` of the shop's."""

    currency: Currency
    since: date
    rate: Annotated[Decimal, Field(gt=0, le=1_000_000_000)]


class ShopSettings(Section):
    """What is the shop's and no marketer's. `restore_url` is an address with `{token}` in it, where a cart comes back
    that the feed gives no link to; `restore_secret`, 24 bytes at least, signs the token, which ends `restore_lasts_s`
    after its trigger was due. `rates` say what money of other currencies is worth in `rates_to`, the rulebook's."""

    restore_url: str | None = None
    restore_secret: SecretStr | None = None
    restore_secret_file: Path | None = None
    restore_lasts_s: Annotated[float, Field(ge=60)] = 30 * 86_400.0
    rates_to: str | None = None
    rates: tuple[RateSettings, ...] = ()

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.restore_url is not None:
            if TOKEN not in self.restore_url or urlsplit(self.restore_url).scheme not in ("http", "https"):
                raise ValueError(f"restore_url is an address with {TOKEN} in it: https://shop.example/cart?t={TOKEN}")
            if (self.restore_secret is None) == (self.restore_secret_file is None):
                raise ValueError("restore_url needs a secret that signs: name restore_secret, or restore_secret_file")
        if self.rates_to is not None and self.rates_to not in DIGITS:
            raise ValueError("rates_to is no currency; write its code, such as EUR")
        if self.rates and self.rates_to is None:
            raise ValueError("rates need rates_to: the currency into which they lead, which is the rulebook's")
        days = [(one.currency, one.since) for one in self.rates]
        if len(set(days)) < len(days) or any(one.currency == self.rates_to for one in self.rates):
            raise ValueError("rates name a currency twice on one day, or that into which they lead")
        return self

    def key(self) -> bytes:
        """What signs. Raises OSError or ValueError; the text does not hold it."""
        if self.restore_secret_file is not None:
            key = self.restore_secret_file.read_text(encoding="utf-8").strip()
        else:
            key = "" if self.restore_secret is None else self.restore_secret.get_secret_value()
        if len(key.encode()) < RESTORE_SECRET_BYTES_MIN:
            raise ValueError(f"the secret of restore_url has less than {RESTORE_SECRET_BYTES_MIN} bytes")
        return key.encode()
