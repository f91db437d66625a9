"""The state in changelogs: restored, read from outside, shown."""
