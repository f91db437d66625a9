"""Planted bugs, and whether the tests that are there to notice them do."""
