"""What all tests share: one real Apache Kafka for the whole session, started by the first test that asks for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

from agents.demo.broker import Kafka, KafkaUnavailable
from agents.demo.broker.class_path import class_path
from agents.demo.broker.java import java_executable
from streams.person import shelves
from tests.not_run import not_run

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("afterclick", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("afterclick")


@contextmanager
def _or_not_run() -> Iterator[None]:
    """Where Kafka can't be had its tests are not run."""
    try:
        yield
    except KafkaUnavailable as cause:
        not_run(f"Kafka: {cause}")


@pytest.fixture(scope="session")
def kafka_installed() -> None:
    """For tests that start brokers of their own."""
    with _or_not_run():
        java_executable()
        class_path()


@pytest.fixture(scope="session")
def kafka(kafka_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One broker for all tests of the session: give topics, groups and transactional ids names of your own."""
    with _or_not_run():
        broker = Kafka.start(tmp_path_factory.mktemp("kafka"))
    with broker:
        yield broker


@pytest.fixture(autouse=True)
def _shelves_that_are_everybodys_stay_empty() -> Iterator[None]:
    """What `streams.person.shelves` shows of whoever has no shelf is one object for all: who puts something there tells
    everybody. So each test looks at it at its end."""
    yield
    for name, shelf in vars(shelves).items():
        if name.startswith("NO_"):
            assert shelf == type(shelf)(), f"{name} has something on it: {shelf}"
