"""The visitor has asked for what they looked at: a sequence after that event, with an occasion each."""

from schemas.outcomes.triggers import VIEWED
from schemas.rules.sequence import VisitSummary
from streams.triggers.detectors import sequence
from streams.triggers.row import Row

ROW: Row = sequence.ROW._replace(kind="visit_summary", section=VisitSummary, on_request=True, about=VIEWED)
