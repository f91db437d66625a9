"""What the settings say of the shop, as the stages need it."""

from datetime import UTC, datetime, time
from itertools import groupby

from agents.settings.shop_settings import RateSettings, ShopSettings
from schemas.base import EPOCH, MILLISECOND
from streams.person.rates import Dated, Rates
from streams.shop import Shop
from streams.triggers.restore_links import RestoreLinks


def shop(settings: ShopSettings, *, receipts: bool = True) -> Shop:
    """The shop of these settings; with `receipts` somebody reports what became of triggers. Raises OSError or
    ValueError for a secret that is none; the text does not hold it."""
    return Shop(_links(settings), Rates(settings.rates_to, _dated(settings.rates)), receipts)


def _links(settings: ShopSettings) -> RestoreLinks | None:
    if settings.restore_url is None:
        return None
    return RestoreLinks(settings.restore_url, settings.key(), int(settings.restore_lasts_s * 1000))


def _dated(rates: tuple[RateSettings, ...]) -> dict[str, Dated]:
    """By currency, each in the order of time."""
    ordered = sorted(rates, key=lambda one: (one.currency, one.since))
    dated: dict[str, Dated] = {}
    for currency, of in groupby(ordered, key=lambda one: one.currency):
        table = list(of)
        midnights = (datetime.combine(one.since, time(), UTC) for one in table)
        since = tuple((midnight - EPOCH) // MILLISECOND for midnight in midnights)
        dated[currency] = since, tuple(one.rate for one in table)
    return dated
