"""Which addresses a webhook may be posted to: what is not known to be public is not."""

from ipaddress import ip_address

import pytest

from agents.settings.addresses import Standing, may_be_called, standing

PUBLIC = (
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.215.14 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 "
    "169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 "
    "223.255.255.255 2606:4700:4700::1111 2a00:1450:4001:80e::200e 2001:4860:4860::8888 64:ff9b::808:808 "
    "::ffff:8.8.8.8 2002:808:808::1"
)
PRIVATE = (
    "10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255 172.16.0.0 172.31.255.255 "
    "192.168.0.0 192.168.255.255 ::1 fc00::1 fd12:3456::1"
)
FORBIDDEN = (
    "0.0.0.0 0.1.2.3 100.100.100.200 168.63.129.16 169.254.0.0 169.254.169.254 169.254.170.2 169.254.255.255 "
    "192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 "
    "239.255.255.255 240.0.0.1 255.255.255.255 :: ::2 ::7f00:1 ::a9fe:a9fe ::ffff:0:7f00:1 ::ffff:127.0.0.1 "
    "::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0.0.0.0 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe "
    "64:ff9b:1::808:808 2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe:: 2002:c0a8:101::1 2001::1 "
    "2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:db8::1 3fff::1 100::1 5f00::1 4000::1 fe80::1 fe80::1%eth0 "
    "fec0::1 ff02::1 ff0e::1 fd00:ec2::254 fd20:ce::254 fd00:42::42"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, Standing.PUBLIC) for text in PUBLIC.split()),
        *((text, Standing.PRIVATE) for text in PRIVATE.split()),
        *((text, Standing.FORBIDDEN) for text in FORBIDDEN.split()),
    ],
)
def test_each_address_has_its_standing(text: str, expected: Standing) -> None:
    """With the neighbours of each network, and IPv4 in all the clothes that IPv6 has for it."""
    assert standing(ip_address(text)) is expected


@pytest.mark.parametrize(
    ("host", "private", "address", "allowed"),
    [
        ("esp.example", False, "93.184.215.14", True),
        ("esp.example", False, "10.0.0.7", False),
        ("esp.example", False, "127.0.0.1", False),
        ("esp.example", True, "10.0.0.7", True),
        ("esp.example", True, "::1", True),
        ("esp.example", True, "169.254.169.254", False),
        ("esp.example", True, "fd00:ec2::254", False),
        ("esp.example", True, "::ffff:10.0.0.7", False),
        ("esp.example", True, "0.0.0.0", False),
        ("localhost", False, "127.0.0.1", True),
        ("localhost", False, "::1", True),
        ("localhost", False, "10.0.0.7", False),
        ("localhost.esp.example", False, "127.0.0.1", False),
        ("127.0.0.1", False, "127.0.0.1", True),
        ("10.0.0.7", False, "10.0.0.7", True),
        ("10.0.0.7", False, "10.0.0.8", False),
        ("::1", False, "::1", True),
    ],
)
def test_what_a_destination_may_be_called_at(host: str, private: bool, address: str, allowed: bool) -> None:
    """A name: public addresses, private ones if the settings say so, never metadata. An address: that one."""
    assert may_be_called(host, private=private)(ip_address(address)) is allowed
