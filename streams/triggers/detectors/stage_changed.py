"""Stage changed: the person has come to another stage; ended by the next change."""

from schemas.rules.groups import StageChanged
from streams.triggers.becoming import becoming
from streams.triggers.row import Row

ROW: Row = becoming("stage_changed", StageChanged, undone_by="stage_changed")
