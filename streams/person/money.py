"""Money in minor units of its currency inside, as a decimal outside."""

from decimal import ROUND_HALF_EVEN, Decimal

from schemas.events.currencies import DIGITS, UNITS


def digits(currency: str | None) -> int:
    """How many decimals the currency has; two where none is named."""
    return DIGITS.get(currency, 2) if currency is not None else 2


def minor_units(amount: Decimal, currency: str | None) -> int:
    """The amount in minor units; what is finer is rounded half to even."""
    return int(amount.scaleb(digits(currency)).to_integral_value(ROUND_HALF_EVEN))


def decimal_of(units: int, currency: str | None) -> Decimal:
    """The amount that so many minor units are."""
    return Decimal(units) * UNITS.get(currency, UNITS[None])
