"""Codes of pools in the dispatcher: the webhook says the code, and the ledger knows whose it is."""

from pathlib import Path

import orjson
import pytest

from agents.dispatch.code_pools import CODES_MAX, CodePools, read_codes
from agents.dispatch.ledger import Ledger
from schemas.outcomes.deliveries import DeliveryState
from schemas.outcomes.triggers import TriggerMessage, TriggerOffer
from streams.delivery import delivery as machine
from streams.delivery.body import BODY_BYTES_MAX
from streams.delivery.delivery import Outcome, Result
from streams.stage import Effects
from tests.agents.dispatch.world import World
from tests.streams.deliveries import NOW, fired

MESSAGE = TriggerMessage(template="t", offer=TriggerOffer(code=None, code_pool="spring", expires_at=NOW + 1000))


def world(*codes: str) -> World:
    """A share with a pool of these."""
    made = World()
    made.ledger.codes.fill({"spring": codes})
    return made


def code_of(body: str) -> object:
    """What the webhook says."""
    return orjson.loads(body)["data"]["message"]["offer"]


def counted(effects: Effects) -> dict[str, int]:
    """What became of codes, by outcome."""
    return {name[2]: by for name, by in effects.counts.items() if name[0] == "codes"}


def successor(*effects: Effects) -> Ledger:
    """Whoever has read these commits."""
    ledger = Ledger("triggers", 0, frozenset({"esp"}))
    for committed in effects:
        for key, value in committed.changelog:
            ledger.restore(key, value)
    ledger.open()
    ledger.codes.fill({"spring": ["A", "B"]})
    return ledger


async def test_the_webhook_says_the_code() -> None:
    """With the pool that it is from, and until when it is good; committed with its line."""
    shop = world("A", "B")
    shop.fires(message=MESSAGE)
    committed = shop.ledger.take()
    await shop.carries()
    assert [code_of(body) for body in shop.esp.scripted.sent] == [
        {"code": "A", "code_pool": "spring", "expires_at": NOW + 1000}
    ]
    assert len(committed.changelog) == 3, "the claim, the line and the position"
    assert counted(committed) == {"claimed": 1}
    assert counted(shop.ledger.take()) == {"given": 1}


async def test_what_is_delivered_again_has_the_code_that_it_had() -> None:
    """The same trigger is known; after a kill without a commit it is new, and nobody has heard a code."""
    shop = world("A", "B")
    shop.fires(message=MESSAGE)
    shop.fires(message=MESSAGE)
    first = shop.ledger.take()
    assert counted(first) == {"claimed": 1}
    ledger = successor(first)
    (line,) = ledger.unfinished()
    assert line.code == "A"
    assert code_of(line.body) == {"code": "A", "code_pool": "spring", "expires_at": NOW + 1000}
    assert ledger.codes.free("spring") == 1


async def test_a_code_that_was_not_delivered_is_the_next_ones() -> None:
    """Taken back before its call."""
    shop = world("A")
    shop.fires(message=MESSAGE)
    shop.cancels()
    assert counted(shop.ledger.take()) == {"claimed": 1, "released": 1}
    shop.fires(message=MESSAGE, trigger_id="NEXT", profile="c:bob")
    await shop.carries("NEXT")
    assert [code_of(body) for body in shop.esp.scripted.sent] == [
        {"code": "A", "code_pool": "spring", "expires_at": NOW + 1000}
    ]


async def test_a_code_in_a_call_of_which_nobody_knows_stays_the_persons() -> None:
    """Also where that call was found in flight, and its trigger was taken back since."""
    shop = world("A", "B")
    shop.fires(message=MESSAGE)
    shop.share.ledger.put(machine.on_started(shop.ledger.lines["01HF7YAT00MUG"], NOW))
    first = shop.ledger.take()
    ledger = successor(first)
    (line,) = ledger.unfinished()
    ledger.put(machine.on_found_in_flight(line, shop.esp.policy, NOW))
    ledger.put(machine.on_cancelled(ledger.lines[line.trigger_id], NOW))
    again = successor(first, ledger.take())
    assert again.state(line.trigger_id) is DeliveryState.CANCELLED
    assert again.codes.free("spring") == 1


@pytest.mark.parametrize("pool", ["spring", "autumn"])
async def test_without_a_code_nothing_is_sent(pool: str) -> None:
    """A message that promises one is not sent without: suppressed, no_code, with a receipt, and no dead letter."""
    shop = world()
    offer = TriggerOffer(code=None, code_pool=pool)
    shop.fires(message=TriggerMessage(template="t", offer=offer))
    effects = shop.ledger.take()
    assert counted(effects) == {"missing": 1}
    assert {name[1] for name in effects.counts if name[0] == "codes"} == {"spring" if pool == "spring" else "unknown"}
    assert shop.state is DeliveryState.SUPPRESSED
    assert [out.topic.value for out in effects.outputs] == ["customer-inbox"]
    assert orjson.loads(effects.outputs[0].value)["state"] == "suppressed"
    assert orjson.loads(effects.changelog[0][1] or b"")["detail"] == "no_code"
    assert shop.esp.queued == []


async def test_what_cannot_be_sent_takes_no_code() -> None:
    """Nor does what has become too large by it: the limit is one of the whole body."""
    shop = world("A" * 40, "B" * 40)
    shop.fires(message=MESSAGE, destination="nowhere")
    shop.fires(message=MESSAGE, trigger_id="LARGE", viewed=("x" * BODY_BYTES_MAX,))
    assert shop.ledger.take().counts.keys().isdisjoint({("codes", "spring", "claimed")})
    bare = machine.on_fired(fired(message=MESSAGE, trigger_id="SIZED", viewed=("",)), 7, NOW)
    room = BODY_BYTES_MAX - len(bare.body.encode())
    shop.fires(message=MESSAGE, trigger_id="SIZED", viewed=("x" * room,))
    assert shop.ledger.state("SIZED") is DeliveryState.DEAD
    assert counted(shop.ledger.take()) == {"claimed": 1, "released": 1}
    assert shop.ledger.codes.free("spring") == 2


async def test_a_refused_call_lets_its_code_go() -> None:
    """The receiver has said that it wants none of it."""
    shop = world("A")
    shop.esp.scripted.outcome = Outcome(Result.REJECTED, 400)
    shop.fires(message=MESSAGE)
    await shop.carries()
    assert shop.ledger.codes.free("spring") == 1


# -- the files ---------------------------------------------------------------------------------------------------------


def test_a_file_has_a_code_a_line(tmp_path: Path) -> None:
    """Blanks around it, empty lines, comments and repeats are none."""
    path = tmp_path / "spring.txt"
    path.write_text("# of May\n A-1 \n\nA-2\nA-1\nÄ-3\n")
    assert read_codes(path) == ["A-1", "A-2", "Ä-3"]


def test_a_line_that_is_being_written_is_no_code_yet(tmp_path: Path) -> None:
    """Half a code is nobody's."""
    path = tmp_path / "spring.txt"
    path.write_text("A-1\nA-22")
    assert read_codes(path) == ["A-1"]
    path.write_text("A-1\nA-2233\n")
    assert read_codes(path) == ["A-1", "A-2233"]


@pytest.mark.parametrize("line", ["TWO WORDS", "X" * 65, "tab\there"])
def test_what_is_no_code_is_told_with_its_line_and_not_shown(tmp_path: Path, line: str) -> None:
    """Codes are worth money."""
    path = tmp_path / "spring.txt"
    path.write_text(f"GOOD\n{line}\n")
    with pytest.raises(ValueError, match=r"line 2 of .*spring\.txt is no code") as told:
        read_codes(path)
    assert line not in str(told.value)


def test_a_pool_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as it says are taken."""
    monkeypatch.setattr("agents.dispatch.code_pools.CODES_MAX", 3)
    path = tmp_path / "spring.txt"
    path.write_text("A\nB\nC\n")
    assert len(read_codes(path)) == 3
    path.write_text("A\nB\nC\nD\n")
    with pytest.raises(ValueError, match="more than 3 codes; make two pools of it"):
        read_codes(path)
    assert CODES_MAX > 100_000


def test_files_are_read_again_when_they_change(tmp_path: Path) -> None:
    """One that is broken, or gone, leaves its pool as it was."""
    path = tmp_path / "spring.txt"
    path.write_text("A\n")
    pools = CodePools({"spring": path})
    assert not pools.renew()
    path.write_text("A\nB\n")
    assert pools.renew()
    assert pools.of(0, 1) == {"spring": ["A", "B"]}
    path.write_text("NOT A CODE\n")
    assert not pools.renew()
    path.unlink()
    assert not pools.renew()
    assert pools.of(0, 1) == {"spring": ["A", "B"]}
