"""How a process is set up: environment (`AFTERCLICK_…`, nested by `__`), then a YAML file, then these defaults.

Secrets come from the environment or from files named there; they are masked wherever settings are shown.
"""

import os
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    YamlConfigSettingsSource,
)
from yaml import YAMLError

from agents.settings.addresses import Standing, standing
from agents.settings.section import Section
from agents.settings.shop_settings import ShopSettings
from schemas.ids import folded, folded_customer
from schemas.topics import Topic
from streams.intake.owners import NOBODIES

SETTINGS_FILE_VARIABLE = "AFTERCLICK_SETTINGS_FILE"


Partitioner = Literal["murmur2", "crc32"]


class KafkaSettings(Section):
    """How to reach Kafka."""

    bootstrap: str = "127.0.0.1:9092"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    sasl_password_file: Path | None = None
    ssl_ca_file: Path | None = None
    ssl_cert_file: Path | None = None
    ssl_key_file: Path | None = None
    session_timeout_s: Annotated[float, Field(gt=0)] = 15.0
    rebalance_timeout_s: Annotated[float, Field(gt=0)] = 30.0
    request_timeout_ms: Annotated[int, Field(ge=1000)] = 30_000
    transaction_timeout_ms: Annotated[int, Field(ge=1000)] = 30_000
    record_bytes_max: Annotated[int, Field(ge=131_072)] = 1_000_000
    """What the brokers take as a record, bytes; a dead letter takes some 90 KB."""
    fetch_max_wait_ms: Annotated[int, Field(ge=10)] = 500
    poll_records_max: Annotated[int, Field(ge=1)] = 40_000
    fetch_partition_bytes_max: Annotated[int, Field(ge=1024)] = 4 << 20


class LatenessSettings(Section):
    """Allowed lateness L of each source topic, ms: how long its watermark waits for stragglers."""

    clickstream_ms: Annotated[int, Field(ge=0)] = 5000
    orders_ms: Annotated[int, Field(ge=0)] = 5000
    catalog_ms: Annotated[int, Field(ge=0)] = 5000


class DestinationSettings(Section):
    """One webhook: where triggers are posted, and the secret that signs them (`whsec_…`, Standard Webhooks).

    Several secrets, separated by spaces, sign side by side while they are rotated. Plain http is for loopback, or
    `insecure`. A name that leads to a private address is called only with `allow_private`; link-local and metadata
    addresses never. `ambiguous` says whether a call that may have arrived is repeated, or parked as a dead letter.
    """

    url: str
    insecure: bool = False
    allow_private: bool = False
    secret: SecretStr | None = None
    secret_file: Path | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 15.0
    concurrency: Annotated[int, Field(ge=1)] = 8
    attempts_max: Annotated[int, Field(ge=1)] = 10
    retry_base_s: Annotated[float, Field(gt=0)] = 5.0
    retry_cap_s: Annotated[float, Field(gt=0)] = 14_400.0
    ambiguous: Literal["retry", "park"] = "retry"

    @model_validator(mode="after")
    def _may_be_called(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a destination's url starts with https:// or http:// and names a host")
        if parts.username is not None or parts.password is not None:
            raise ValueError("a destination's url holds no credentials: they would end up in logs")
        if _is_odd_address(parts.hostname):
            raise ValueError("a destination's host is a name, or an address of a host that may be called")
        if parts.scheme == "http" and not (self.insecure or _is_loopback(parts.hostname)):
            raise ValueError("plain http is for loopback; write https, or set `insecure: true`")
        return self


def _is_odd_address(host: str) -> bool:
    """A number that resolvers take for an address, an IPv4 address in IPv6's clothes, a cloud's metadata, a group, an
    example."""
    try:
        address = ip_address(host)
    except ValueError:
        return host.rsplit(".", 1)[-1].isdigit() or host.startswith("0x")
    hidden = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    return hidden or standing(address) is Standing.FORBIDDEN


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _switch(value: object) -> object:
    """YAML reads a bare `on` or `off` as a truth value."""
    return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value


class DispatchSettings(Section):
    """The dispatcher; `off` only decides and emits, for shops whose ESP reads the trigger topic itself."""

    mode: Annotated[Literal["on", "off"], BeforeValidator(_switch)] = "on"
    destinations: dict[str, DestinationSettings] = Field(default_factory=dict)
    in_flight_max: Annotated[int, Field(ge=1)] = 64
    """Calls at a time to all destinations together, shared out at the start: eight have their default of 8, twenty have
    3 each. What is too much for the processor makes every call too late, so raise it with the cores in mind."""
    dead_letter_records_min: Annotated[int, Field(ge=1)] = 200
    """As `dead_letter_records_min` of clicks, for triggers and for deliveries to one destination, which are fewer."""
    code_pools: dict[str, Path] = Field(default_factory=dict)
    """Files of codes by the names of their pools, a code a line, the same on every machine. Of each code one partition
    of triggers disposes, so a pool has to hold many more codes than there are partitions."""
    look_max_age_ms: Annotated[int, Field(ge=50)] = 1000
    ledger_retention_s: Annotated[float, Field(gt=0)] = 8 * 86_400.0

    @property
    def delivers(self) -> bool:
        """Whether triggers are delivered, and so reported on; else the shop's ESP reads the trigger topic itself."""
        return self.mode == "on" and bool(self.destinations)


def _folded(ids: frozenset[str]) -> frozenset[str]:
    return frozenset(id_.strip().casefold() for id_ in ids)


def _kept(ids: frozenset[str]) -> frozenset[str]:
    return frozenset(folded_customer(id_.strip()) for id_ in ids)


def _visitors(ids: frozenset[str]) -> frozenset[str]:
    return frozenset(folded(id_.strip()) for id_ in ids)


def _domains(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.strip().lower().removeprefix("@") for name in names)


class TrafficSettings(Section):
    """Who is no customer. Clicks of known bots, by user agent (`bots`) or address (`bot_addresses`, single ones or
    networks such as 203.0.113.0/24), are ignored, and so is what staff and tests do: customers and visitors by their
    ids, mailboxes by their domains. Wishes of theirs are heard all the same. `excluded_file` names more of them, one a
    line: `c:ID` a customer, `v:ID` a visitor, `@example.com` mailboxes; it is read at the start."""

    bots: Literal["ignore", "count"] = "ignore"
    bot_addresses: tuple[IPv4Network | IPv6Network, ...] = ()
    excluded_customers: Annotated[frozenset[str], AfterValidator(_kept)] = frozenset()
    excluded_visitors: Annotated[frozenset[str], AfterValidator(_visitors)] = frozenset()
    excluded_file: Path | None = None
    excluded_domains: Annotated[frozenset[str], AfterValidator(_domains)] = frozenset()


class WebSettings(Section):
    """Where `/metrics`, `/healthz` and `/readyz` listen; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9464


class Settings(BaseSettings):
    """Everything a process needs to know that is not the rulebook."""

    model_config = SettingsConfigDict(
        env_prefix="AFTERCLICK_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        yaml_file=None,
    )

    app: str = "afterclick"
    instance: str | None = None
    data_dir: Path = Path(".afterclick")
    rulebook: Path | None = None
    topic_prefix: str = ""
    topics: dict[Topic, str] = {}
    clickstream_partitioner: Partitioner = "murmur2"
    """How whoever produces clicks chooses the partition of a visitor. What others say of a visitor has to go to the
    partition of that number; if it does not, the oddity `foreign_partition` counts it."""
    nobodies: Annotated[frozenset[str], AfterValidator(_folded)] = NOBODIES
    """Ids of visitors and customers, in any case, that stand for nobody, besides blanks and those made of zeros, dots
    and dashes alone; also in brackets or quotes, with `_` or `-` between words, and as a mailbox at a host of these
    names. A record counts for the other of the two; one that names nobody else is quarantined."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    dead_letter_share_max: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Above that share of dead letters among a partition's last `dead_letter_records_min` records it stalls, and with
    it every trigger that waits for its W. So it is high: noise, or a robot, is not to stop a shop. 1 lets all pass."""
    dead_letter_records_min: Annotated[int, Field(ge=1)] = 10_000
    vectors_per_s: Annotated[float, Field(gt=0)] = 5.0
    stall_s: Annotated[float, Field(ge=5)] = 60.0
    tick_ms: Annotated[int, Field(ge=10)] = 100
    kafka: KafkaSettings = KafkaSettings()
    lateness: LatenessSettings = LatenessSettings()
    dispatch: DispatchSettings = DispatchSettings()
    traffic: TrafficSettings = TrafficSettings()
    shop: ShopSettings = ShopSettings()
    web: WebSettings = WebSettings()

    def topic(self, topic: Topic) -> str:
        """What that topic is called on this cluster."""
        return self.topics.get(topic, self.topic_prefix + topic.value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file that `AFTERCLICK_SETTINGS_FILE` names."""
        file = os.environ.get(SETTINGS_FILE_VARIABLE)
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, yaml_file=file)


class SettingsRefused(ValueError):
    """The settings are wrong; the text is one sentence a mistake, and quotes no value: it might be a secret."""


def load_settings(**given: Any) -> Settings:
    """The settings of this process. Raises SettingsRefused."""
    file = os.environ.get(SETTINGS_FILE_VARIABLE)
    if file is not None and not Path(file).is_file():
        raise SettingsRefused(f"{SETTINGS_FILE_VARIABLE}: there is no file {file}; name one, or unset the variable")
    try:
        return Settings(**given)
    except ValidationError as error:
        mistakes = [f"setting {_name(wrong['loc'])}: {wrong['msg']}" for wrong in error.errors()]
        raise SettingsRefused("\n".join(mistakes)) from error
    except SettingsError as error:
        raise SettingsRefused(f"{error}; write it as JSON") from error
    except (YAMLError, OSError, UnicodeDecodeError, TypeError, ValueError) as error:
        raise SettingsRefused(f"{SETTINGS_FILE_VARIABLE}: {file} is no YAML file of settings") from error


def _name(path: tuple[int | str, ...]) -> str:
    """As settings files have it, and as the environment does."""
    steps = [str(step) for step in path]
    return f"{'.'.join(steps)} (AFTERCLICK_{'__'.join(steps).upper()})" if steps else "file"
