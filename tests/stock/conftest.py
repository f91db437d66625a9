"""Fixtures of the comparison with stock faust-streaming."""

from tests.agents.shell.fixtures import site

__all__ = ["site"]
