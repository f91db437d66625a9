"""Tier entered: the person has come into a tier; ended by leaving it."""

from schemas.rules.groups import TierEntered
from streams.triggers.becoming import becoming
from streams.triggers.row import Row

ROW: Row = becoming("tier_entered", TierEntered, undone_by="tier_left")
