"""The one place that reaches into Faust, aiokafka and httpx: pinned versions, held by `tests/contracts/`."""

from agents.seam.app import App, make_app
from agents.seam.assignor import copartitioned_assignor
from agents.seam.consumer import Reading
from agents.seam.fetches import Fetches, Proof, position_of
from agents.seam.http import http_client, says_more
from agents.seam.inlets import Delivery, Inlet
from agents.seam.producer import Entry, RecordTooLarge, TransactionalProducer
from agents.seam.thread import PositionGone

__all__ = [
    "App",
    "Delivery",
    "Entry",
    "Fetches",
    "Inlet",
    "PositionGone",
    "Proof",
    "Reading",
    "RecordTooLarge",
    "TransactionalProducer",
    "copartitioned_assignor",
    "http_client",
    "make_app",
    "position_of",
    "says_more",
]
