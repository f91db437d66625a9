"""`afterclick segments fit` as its users meet it: the figures, what counts, and what it refuses."""

import gzip
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from typer.testing import CliRunner, Result

from agents.cli import app
from agents.commands.refusing import ABSENT, WRONG
from schemas.base import rfc3339_from_ms
from schemas.rules.text import rulebook_from_text
from schemas.topics import Topic
from streams.triggers.rule_conditions import mistakes_in
from tests.agents.replay.recorded import BEGUN, DAY, Json, order, written
from tests.agents.segments.cdnow import CALIBRATED_UNTIL, CUSTOMERS, cdnow_orders

MIDNIGHT = BEGUN - BEGUN % DAY
TODAY = rfc3339_from_ms(MIDNIGHT)[:10]


def fit(orders: object, *arguments: object) -> Result:
    """The command's end."""
    return CliRunner().invoke(app, ["segments", "fit", "--orders", *map(str, (orders, *arguments))])


def figures(orders: object, *arguments: object) -> Any:
    """What a machine reads."""
    result = fit(orders, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return orjson.loads(result.stdout)


def adas(number: int, at: object, **more: object) -> Json:
    """An order of Ada's of ten euros."""
    return order(number, at, **({"customer_id": "ada", "total": 10, "currency": "EUR"} | more))


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample of the paper."""
    return cdnow_orders(tmp_path_factory.mktemp("cdnow"))


# -- the figures -------------------------------------------------------------------------------------------------------


def test_it_finds_the_papers_parameters(cdnow: Path) -> None:
    """Fader, Hardie, Lee 2005, from 39 weeks of CDNOW: each within one in a hundred."""
    said = figures(cdnow, "--until", CALIBRATED_UNTIL)
    paper = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert said["bgnbd"] == pytest.approx(paper, rel=0.01)
    assert (said["customers"], said["repeat_customers"], said["until"]) == (CUSTOMERS, 946, CALIBRATED_UNTIL)
    assert said["orders"]["read"] == said["orders"]["counted"] + said["orders"]["skipped"]["after_until"] == 6_919


def test_people_read_tables_and_paste_the_rest(cdnow: Path) -> None:
    """The tables are on the error stream; the standard output is YAML with the figures of the JSON."""
    result, said = fit(cdnow, "--until", CALIBRATED_UNTIL), figures(cdnow, "--until", CALIBRATED_UNTIL)
    pasted = yaml.safe_load(result.stdout)
    assert "# Amounts are in USD" in result.stdout
    assert pasted["bgnbd"] == pytest.approx(said["bgnbd"], rel=1e-5)
    for name in ("segments", "stages", "tiers"):
        assert pasted[name] == [{"id": one["id"], "if": one["if"]} for one in said["proposed"][name]]
    for words in ("2,357 customers until 1997-09-30", "spend, USD", "14.96", "skipped: after_until", "revenue at risk"):
        assert words in result.stderr
    assert "looking at" not in result.stderr
    rules = "rules:\n  - {id: risk, kind: segment_entered, segment: at_risk}\n"
    book = rulebook_from_text(f"name: cdnow\ncurrency: USD\n{result.stdout}\n{rules}", "pasted.yaml", mistakes_in)
    assert (len(book.segments), len(book.stages), len(book.tiers)) == (6, 5, 4)


def test_the_file_may_come_in_any_order_and_shape(cdnow: Path, tmp_path: Path) -> None:
    """Shuffled, gzipped, from the standard input, told twice: the same figures."""
    lines = cdnow.read_bytes().splitlines(keepends=True)
    said = figures(cdnow)
    shuffled = tmp_path / "orders"
    shuffled.write_bytes(gzip.compress(b"\n".join(random.Random(1997).sample(lines, len(lines)))))
    assert figures(shuffled) == said
    command = [sys.executable, "-m", "agents.cli", "segments", "fit", "--orders", "-", "--json"]
    piped = subprocess.run(command, input=shuffled.read_bytes(), capture_output=True, check=True)
    assert orjson.loads(piped.stdout) == said

    shuffled.write_bytes(b"\n".join([*lines, *lines]))
    twice = figures(shuffled)
    assert twice["orders"].pop("skipped") == {"repeated": len(lines)}
    assert {**twice, "orders": None} == {**said, "orders": None}


def test_quintiles_of_a_small_shop(tmp_path: Path) -> None:
    """Five customers: the nth came n times, for ten euros each, the last time n days ago. Too few for parameters: that
    is a sentence, and no failure."""
    orders = [adas(10 * n + m, MIDNIGHT - n * DAY - m, customer_id=f"c{n}") for n in range(1, 6) for m in range(n)]
    said = figures(written(tmp_path, Topic.ORDERS, [*orders, adas(99, MIDNIGHT, customer_id="c6")]))
    assert said["quintiles"]["recency_days"] == [1, 2, 3, 4]
    assert said["quintiles"]["frequency"] == [1, 2, 3, 4]
    assert said["quintiles"]["money"] == {
        "currency": "EUR", "amounts": ["10.00", "20.00", "30.00", "40.00"], "without_amount": 0, "other_currency": 0,
    }  # fmt: skip
    assert said["bgnbd"] is said["revenue_at_risk"] is None
    assert "at least 50 customers" in said["bgnbd_missing"]


def test_without_parameters_the_rest_is_proposed(tmp_path: Path) -> None:
    """And the part to paste says why there are none."""
    result = fit(written(tmp_path, Topic.ORDERS, [adas(1, MIDNIGHT)]))
    assert result.exit_code == 0
    assert "bgnbd" not in yaml.safe_load(result.stdout)
    assert "# No bgnbd: the four parameters need at least 50" in result.stdout
    assert "No parameters for P(alive)" in result.stderr


# -- what counts -------------------------------------------------------------------------------------------------------


def test_every_record_and_every_order_is_accounted_for(tmp_path: Path) -> None:
    """What is refused, skipped and left out is counted by its reason; the odd ones count."""
    records: list[Json | bytes] = [
        adas(1, MIDNIGHT),
        adas(2, MIDNIGHT, total=-3, lines=[{"product_id": " p ", "unit_price": "9.999"}]),
        adas(3, MIDNIGHT, customer_id=0, visitor_id="v1"),
        adas(4, MIDNIGHT, payment_state="pending"),
        adas(5, MIDNIGHT),
        adas(6, MIDNIGHT, order_id="5", type="order_cancelled"),
        adas(7, MIDNIGHT, type="order_dreamt_of"),
        adas(8, MIDNIGHT, test=True),
        adas(9, MIDNIGHT, test=False),
        adas(1, MIDNIGHT),
        adas(10, MIDNIGHT, currency="USD"),
        adas(11, MIDNIGHT // 1000),
        adas(12, MIDNIGHT, customer_id="guest"),
        b"{",
    ]
    said = figures(written(tmp_path, Topic.ORDERS, records))
    assert said["orders"] == {
        "read": 14, "used": 8, "counted": 4,
        "refused": {"time": 1, "bad_id": 1, "malformed": 1},
        "skipped": {"unknown_type": 1, "test": 1, "repeated": 1},
        "left_out": {"without_customer": 1, "not_paid": 1, "cancelled": 1},
    }  # fmt: skip
    assert said["quintiles"]["money"]["other_currency"] == 1
    assert said["customers"] == 1


def test_the_last_day_counts_to_its_end(tmp_path: Path) -> None:
    """Its last millisecond does, midnight does not; a time counts itself."""
    moments = [MIDNIGHT + DAY - 1, MIDNIGHT + DAY, MIDNIGHT + DAY + 1]
    file = written(tmp_path, Topic.ORDERS, [adas(number, at) for number, at in enumerate(moments)])
    until = {TODAY: 1, rfc3339_from_ms(MIDNIGHT + DAY): 2, rfc3339_from_ms(MIDNIGHT + DAY - 1): 1}
    assert {said: figures(file, "--until", said)["orders"]["counted"] for said in until} == until
    assert figures(file, "--until", rfc3339_from_ms(MIDNIGHT + DAY))["until"] == rfc3339_from_ms(MIDNIGHT + DAY)


def test_what_is_told_later_is_not_known_yet(tmp_path: Path) -> None:
    """An order that is cancelled after the last day counts until then."""
    cancelled = adas(2, MIDNIGHT + DAY, order_id="1", type="order_cancelled")
    file = written(tmp_path, Topic.ORDERS, [adas(1, MIDNIGHT), cancelled, adas(3, MIDNIGHT)])
    assert [figures(file, *until)["orders"]["counted"] for until in (("--until", TODAY), ())] == [2, 1]


def test_the_last_orders_day_is_today(tmp_path: Path) -> None:
    """If no other is told; an order that does not count is none. Two days later everybody is two days more silent."""
    later = adas(2, MIDNIGHT + DAY, payment_state="failed")
    file = written(tmp_path, Topic.ORDERS, [adas(1, MIDNIGHT + 1), later])
    said = figures(file)
    assert (said["until"], said["quintiles"]["recency_days"][0]) == (TODAY, 0)
    after = figures(file, "--until", rfc3339_from_ms(MIDNIGHT + 2 * DAY)[:10])
    assert after["quintiles"]["recency_days"][0] == 2


# -- what it refuses ---------------------------------------------------------------------------------------------------


def test_without_scipy_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is read."""
    monkeypatch.setitem(sys.modules, "scipy", None)
    result = fit(tmp_path / "nothing.jsonl")
    assert result.exit_code == WRONG
    assert "pip install 'afterclick[segments]'" in result.output


def test_the_other_commands_do_not_need_it() -> None:
    """Nobody who runs a worker loads numpy."""
    code = "import sys, agents.cli; sys.exit(any(name in sys.modules for name in ('numpy', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("until", ["yesterday", "2026-02-30", "2026-01-31T12:00:00", "31.01.2026"])
def test_a_day_that_is_none_is_refused(tmp_path: Path, until: str) -> None:
    """In a sentence with what it may be."""
    result = fit(written(tmp_path, Topic.ORDERS, [adas(1, MIDNIGHT)]), "--until", until)
    assert result.exit_code == WRONG
    assert f"--until: '{until}' is neither a day, such as 2026-01-31, nor a time with its zone" in result.output


def test_a_file_that_is_not_there_or_broken_is_named(tmp_path: Path) -> None:
    """No stack."""
    broken = tmp_path / "orders.gz"
    broken.write_bytes(gzip.compress(b"x" * 99)[:-9])
    missing = tmp_path / "odrers.jsonl"
    for file, said in ((missing, f"there is no file {missing}"), (broken, f"{broken} is compressed, and broken: ")):
        result = fit(file)
        assert (result.exit_code, result.output.startswith(f"--orders: {said}")) == (WRONG, True)
        assert isinstance(result.exception, SystemExit)


def test_a_file_without_an_order_that_counts_is_said(tmp_path: Path) -> None:
    """With the reasons, most frequent first; an empty one has no records. Nothing is proposed."""
    orders = written(tmp_path, Topic.ORDERS, [b"{", b"{", adas(1, MIDNIGHT, payment_state="failed")])
    result = fit(orders)
    assert (result.exit_code, result.stdout) == (ABSENT, "")
    assert "2 refused, 1 left out (mostly malformed and not_paid)" in result.stderr
    assert "it has no records" in fit(written(tmp_path, Topic.ORDERS, [b""])).stderr
