"""What the process knows of traffic that is nobody's: the list of known bots, and the settings."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from agents.settings import TrafficSettings
from streams.intake.traffic import Traffic, nothing_known

AGENT_CHARS_MAX = 1024
"""Of a longer user agent the beginning is looked at: no browser's has a quarter of it."""

REMEMBERED_MAX = 8192
"""User agents and addresses whose answer is remembered, the last asked for: a shop sees some hundred at a time."""

Network = IPv4Network | IPv6Network


def traffic(settings: TrafficSettings) -> Traffic:
    """Who is no customer, by these settings."""
    return Traffic(
        is_bot=_bots() if settings.bots == "ignore" else nothing_known,
        is_listed=_within(settings.bot_addresses) if settings.bot_addresses else nothing_known,
        customers=settings.excluded_customers,
        visitors=settings.excluded_visitors,
        domains=settings.excluded_domains,
    )


@lru_cache(maxsize=1)
def _bots() -> Callable[[str], bool]:
    """Tells the user agents of bots by the patterns of crawler-user-agents, all at once and in linear time."""
    known = re2.Set.SearchSet()
    for one in CRAWLER_USER_AGENTS_DATA:
        known.Add(one["pattern"])
    known.Compile()

    @lru_cache(maxsize=REMEMBERED_MAX)
    def is_bot(agent: str) -> bool:
        return bool(known.Match(agent[:AGENT_CHARS_MAX]))

    return is_bot


def _within(networks: Iterable[Network]) -> Callable[[str], bool]:
    listed = tuple(networks)

    @lru_cache(maxsize=REMEMBERED_MAX)
    def is_listed(address: str) -> bool:
        try:
            found = ip_address(address.strip())
        except ValueError:
            return False  # it says nothing
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in listed)

    return is_listed
