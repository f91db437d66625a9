"""Fixtures of the tests that run the shell on a real Kafka."""

from tests.agents.worker.fixtures import site

__all__ = ["site"]
