"""What all facts have in common, and the one order in which a profile folds them."""

from typing import Final

from msgspec import Struct

# Among facts of one instant: a click before an order, an order before the end of a session.
CLICK: Final = 0
ORDER: Final = 1
CLOSE: Final = 2
CATALOG: Final = 3  # what becomes of a product comes last
BECOMING: Final = 4  # but for what the person has become by all that
# Among facts of one event: what those hear whom the visitor was until then, what changes whose the event is, then the
# visit it opens, the event itself, what waits in no journal but may be called back, what rules have asked of it, and
# what the person has told of themselves.
LEAVING: Final = -1
LINKING: Final = 0
OPENING: Final = 1
ITSELF: Final = 2
WISHING: Final = 3
ASKED: Final = 4
TOLD: Final = 5

Place = tuple[int, int, str, int]
"""(time, class, event id, part): where a fact stands in a profile's history."""


class Said(Struct, tag_field="fact", omit_defaults=True, gc=False):
    """What all facts have in common: how they are told apart. (No fact holds another that holds it.)"""
