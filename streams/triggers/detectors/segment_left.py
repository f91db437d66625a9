"""Segment left: the person has left a segment; ended by coming back."""

from schemas.rules.groups import SegmentLeft
from streams.triggers.becoming import becoming
from streams.triggers.row import Row

ROW: Row = becoming("segment_left", SegmentLeft, undone_by="segment_entered", is_there=False)
