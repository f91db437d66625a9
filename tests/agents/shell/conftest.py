"""Fixtures of the tests that run the shell on a real Kafka."""

from tests.agents.shell.fixtures import site

__all__ = ["site"]
