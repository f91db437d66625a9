"""What the pure core runs as: the same source is Python in the tree, and machine code in an image (deploy/)."""

from typing import Literal

import streams


def core() -> Literal["compiled", "interpreted"]:
    """As what this process has imported it."""
    return "interpreted" if str(streams.__file__).endswith(".py") else "compiled"
