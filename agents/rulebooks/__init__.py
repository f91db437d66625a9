"""Rulebooks: those that are shipped, the file, and those that are published on their topic."""
