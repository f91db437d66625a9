"""Segment entered: the person has come into a segment; ended by leaving it."""

from schemas.rules.groups import SegmentEntered
from streams.triggers.becoming import becoming
from streams.triggers.row import Row

ROW: Row = becoming("segment_entered", SegmentEntered, undone_by="segment_left")
