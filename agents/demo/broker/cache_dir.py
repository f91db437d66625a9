"""Where this user's machine keeps what is costly to get and cheap to lose: Kafka's jars, Java's start-up cache."""

import os
import sys
from pathlib import Path


def user_cache() -> Path:
    """The folder of Afterclick in the platform's cache folder; it may not exist yet."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "afterclick"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "afterclick"
