"""Fixtures of the comparison with stock faust-streaming."""

from tests.agents.worker.fixtures import site

__all__ = ["site"]
