"""Tier left: the person has left a tier, for another or for none; ended by coming back."""

from schemas.rules.groups import TierLeft
from streams.triggers.becoming import becoming
from streams.triggers.row import Row

ROW: Row = becoming("tier_left", TierLeft, undone_by="tier_entered", is_there=False)
