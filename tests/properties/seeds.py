"""How many worlds a comparison with the oracle runs over: a few in `make test`, all in `make worlds`."""

import os

ALL = "AFTERCLICK_ALL_WORLDS"
"""The environment variable that asks for all of them."""


def seeds(few: int, *all_: int) -> list[int]:
    """The first `few` of the seeds; all of them where that is asked for. Each world repeats the proof of the others."""
    return list(all_) if os.environ.get(ALL) else list(all_[:few])
