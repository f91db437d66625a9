"""Which addresses a webhook may be posted to: the one place that says what is public.

Whoever can choose what a destination's name resolves to must not be able to make us call our own network, or the
metadata service of a cloud, which hands out credentials. What is not known to be public is refused.
"""

from collections.abc import Callable
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
_Networks = tuple[IPv4Network, ...] | tuple[IPv6Network, ...]


class Standing(Enum):
    """What an address is to us."""

    PUBLIC = "public"
    PRIVATE = "private"  # of our own network, or of this machine: called where the settings say so
    FORBIDDEN = "forbidden"  # never a webhook's: link-local, metadata, groups, unassigned, disguised


_METADATA = frozenset(
    ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "169.254.169.254", "fd00:ec2::254", "fd00:42::42", "fd20:ce::254")
)
"""Where clouds answer (Alibaba, Azure, most, AWS, Scaleway, Google): some of them lie among private or public ones."""

_PRIVATE_4 = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_FORBIDDEN_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_PRIVATE_6 = tuple(map(IPv6Network, ("::1/128", "fc00::/7")))
_GLOBAL_6 = IPv6Network("2000::/3")
_FORBIDDEN_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
"""Of the global ones: protocols (Teredo among them) and examples."""
_MAPPED, _NAT64, _SIX_TO_FOUR = map(IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16"))


def standing(address: Address) -> Standing:
    """What that address is. Python's own `is_global` takes several disguises for public ones."""
    if address in _METADATA:
        return Standing.FORBIDDEN
    if isinstance(address, IPv4Address):
        return _standing(address, _PRIVATE_4, _FORBIDDEN_4)
    inner = _inner(address)
    if inner is not None:
        # Behind NAT64 a public IPv4 address is reached like this; a private one in such clothes is a trick.
        return Standing.PUBLIC if standing(inner) is Standing.PUBLIC else Standing.FORBIDDEN
    found = _standing(address, _PRIVATE_6, _FORBIDDEN_6)
    return Standing.FORBIDDEN if found is Standing.PUBLIC and address not in _GLOBAL_6 else found


def may_be_called(host: str, *, private: bool) -> Callable[[Address], bool]:
    """Which addresses a destination with that host in its url may be called at: public ones, the very one that its url
    spells out, this machine's own for `localhost`, and private ones if the settings say so."""
    written = address_of(host)
    is_local = host == "localhost"

    def allowed(address: Address) -> bool:
        found = standing(address)
        return (
            found is Standing.PUBLIC
            or address == written
            or (found is Standing.PRIVATE and (private or (is_local and address.is_loopback)))
        )

    return allowed


def address_of(host: str) -> Address | None:
    """The address that a host spells out; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _standing(address: Address, private: _Networks, forbidden: _Networks) -> Standing:
    if any(address in network for network in private):
        return Standing.PRIVATE
    return Standing.FORBIDDEN if any(address in network for network in forbidden) else Standing.PUBLIC


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one carries to where it is understood."""
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return None
