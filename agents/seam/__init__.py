"""The one place that reaches into Faust and aiokafka: pinned versions, held by `tests/contracts/`."""

from agents.seam.app import App, make_app
from agents.seam.assignor import copartitioned_assignor
from agents.seam.consumer import Reading
from agents.seam.inlets import Delivery, Inlet
from agents.seam.producer import Entry, RecordTooLarge, TransactionalProducer
from agents.seam.thread import PositionGone

__all__ = [
    "App",
    "Delivery",
    "Entry",
    "Inlet",
    "PositionGone",
    "Reading",
    "RecordTooLarge",
    "TransactionalProducer",
    "copartitioned_assignor",
    "make_app",
]
