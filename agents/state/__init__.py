"""The state in changelogs: restored by workers, and read and shown to operators."""
