"""What the process knows of traffic that is nobody's: the list of known bots, and the settings."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from agents.settings.settings import TrafficSettings
from schemas.state.profile import CUSTOMER, VISITOR
from streams.intake.traffic import Traffic, nothing_known

AGENT_CHARS_MAX = 1024
"""Of a longer user agent the beginning is looked at: no browser's has a quarter of it."""

REMEMBERED_MAX = 8192
"""User agents and addresses whose answer is remembered, the last asked for: a shop sees some hundred at a time."""

COMMENT = "#"

LISTS = ((CUSTOMER, "excluded_customers"), (VISITOR, "excluded_visitors"), ("@", "excluded_domains"))
"""How a line of a file begins that excludes somebody, and the setting that it adds to."""

Network = IPv4Network | IPv6Network


def traffic(settings: TrafficSettings) -> Traffic:
    """Who is no customer, by these settings. Raises OSError or ValueError for a list that cannot be read."""
    more = None if settings.excluded_file is None else excluded_in(settings.excluded_file)
    return _traffic(settings if more is None else _both(settings, more))


def excluded_in(path: Path) -> TrafficSettings:
    """Whom a file excludes, one a line. Empty lines and those that begin with # say nothing. Raises OSError or
    ValueError, with the line."""
    listed: dict[str, set[str]] = {name: set() for _, name in LISTS}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        said = line.strip()
        if not said or said.startswith(COMMENT):
            continue
        mark, name = next(((mark, name) for mark, name in LISTS if said.startswith(mark)), ("", ""))
        if not mark or len(said) == len(mark):
            raise ValueError(
                f"line {number} of {path} excludes nobody; write c:ID for a customer, v:ID for a visitor, @example.com "
                "for mailboxes"
            )
        listed[name].add(said[len(mark) :])
    return TrafficSettings.model_validate(listed)


def _both(settings: TrafficSettings, more: TrafficSettings) -> TrafficSettings:
    return settings.model_copy(update={name: getattr(settings, name) | getattr(more, name) for _, name in LISTS})


def _traffic(settings: TrafficSettings) -> Traffic:
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
