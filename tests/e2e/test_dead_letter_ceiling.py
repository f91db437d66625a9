"""A producer is released with a mistake: its partition stalls, loudly, and a restart is no way round that."""

import time
import urllib.error
import urllib.request

import orjson
import pytest

from schemas.topics import Topic
from tests.e2e.conftest import Opened
from tests.e2e.shop import Json, Shop, Worker
from tests.waiting import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]

RULES = """
name: ceiling
rules: [{id: cart_abandonment, kind: cart_abandonment, wait: 60m}]
"""
LEAST = 50


def garbage(number: int) -> Json:
    """A click that nobody can use: it does not say what happened."""
    return {"event_id": f"bad{number}", "occurred_at": int(time.time() * 1000), "visitor_id": "ada"}


def test_a_bad_release_stalls_its_partition_and_no_more(open_shop: Opened) -> None:
    """Forty bad clicks are put aside, since so few may be. With two hundred more nothing is, by no restart either,
    until an operator says so; orders are read meanwhile."""
    shop = open_shop(RULES, AFTERCLICK_DEAD_LETTER_RECORDS_MIN=str(LEAST))
    shop.produce(garbage(number) for number in range(40))
    worker = shop.start()
    wait_until(lambda: dead_letters(shop) == 40, "the few are put aside")
    shop.produce(garbage(number) for number in range(40, 240))
    wait_until(lambda: stalled(worker) == 1, "the partition stalls")
    status, states = readyz(worker)
    assert status == 503
    assert "stalled by too many dead letters" in states["sessions"]
    assert states["intake"] == "ready"
    put_aside = dead_letters(shop)
    assert put_aside < LEAST
    assert worker.stop() == 0

    again = shop.start()
    wait_until(lambda: stalled(again) == 1, "it stalls again")
    assert dead_letters(shop) == put_aside
    lines = [orjson.loads(line) for line in again.log.read_text().splitlines()]
    (said,) = [line for line in lines if line["event"].startswith("the partition stalls")]
    assert said["level"] == "error"
    assert "AFTERCLICK_DEAD_LETTER_SHARE_MAX=1" in said["event"]
    assert again.stop() == 0

    shop.start(AFTERCLICK_DEAD_LETTER_SHARE_MAX="1")
    wait_until(lambda: dead_letters(shop) == 240, "the operator let them pass")


def dead_letters(shop: Shop) -> int:
    """How many clicks were put aside; each once."""
    letters = shop.records(Topic.DEAD_LETTERS)
    assert len({letter["offset"] for letter in letters}) == len(letters)
    return len(letters)


def stalled(worker: Worker) -> float:
    """How many partitions the worker shows as stalled."""
    return sum(value for (name, *_), value in worker.metrics().items() if name == "afterclick_partition_stalled")


def readyz(worker: Worker) -> tuple[int, dict[str, str]]:
    """Its status, and what each part of it is at."""
    (line,) = [line for line in worker.log.read_text().splitlines() if "web server listens" in line]
    try:
        with urllib.request.urlopen(f"{orjson.loads(line)['url']}/readyz", timeout=5) as answer:
            return answer.status, orjson.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, orjson.loads(error.read())
