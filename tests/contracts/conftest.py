"""Fixtures of the contract tests that need a real Kafka."""

from tests.agents.worker.fixtures import site

__all__ = ["site"]
