"""A form was sent, and is answered at once: a sequence after that event, with an occasion each."""

from schemas.rules.sequence import FormSubmitted
from streams.triggers.detectors import sequence
from streams.triggers.row import Row

ROW: Row = sequence.ROW._replace(kind="form_submitted", section=FormSubmitted)
