"""What a fetch proves, and for how long: counted from when it was sent, and only once all it saw is folded."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from aiokafka.protocol.fetch import FetchRequest

from agents.dispatch.looks import Looks
from agents.seam import fetches

T0 = TopicPartition("triggers", 0)
MAX_AGE = 1000


@dataclass
class World:
    """A clock and a position, both set by hand."""

    now: int = 10_000
    position: int | None = 5
    looks: Looks = field(init=False)

    def __post_init__(self) -> None:
        self.looks = Looks(MAX_AGE, lambda _: self.position, lambda: self.now)

    def is_fresh(self) -> bool:
        return self.looks.is_fresh(T0)


def test_before_the_first_answer_there_is_no_look() -> None:
    """Nothing is known, so nothing is sent."""
    assert not World().is_fresh()


def test_a_look_is_as_old_as_the_sending_of_its_fetch() -> None:
    """Answered late, it still counts from when it was sent: within, exactly at, and after the maximal age."""
    world = World()
    world.looks.answered(T0, sent_ms=9_500, stable=5)

    for now, fresh in ((10_499, True), (10_500, True), (10_501, False)):
        world.now = now
        assert world.is_fresh() is fresh


class Brokers:
    """What the dispatcher's consumer fetches from, with its clock in the hands of the test."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.under_way_ms = 0
        self._world = world
        self._answer: object = None
        self._fetcher = SimpleNamespace(
            _client=SimpleNamespace(send=self._send), _records={}, _fetch_max_wait_ms=250, _get_actions_per_node=None
        )
        monkeypatch.setattr(fetches, "time", SimpleNamespace(monotonic=lambda: world.now / 1000))
        world.looks.watch(SimpleNamespace(_fetcher=self._fetcher))

    async def _send(self, _node_id: int, _request: FetchRequest) -> object:
        self._world.now += self.under_way_ms
        return self._answer

    async def answer(self, node: int, stable: int, error: int = 0) -> None:
        """A fetch is sent to that node, and answered."""
        partitions: list[tuple[object, ...]] = [(T0.partition, error, stable, stable, [], b"records")]
        self._answer = SimpleNamespace(API_VERSION=4, topics=[(T0.topic, partitions)])
        await self._fetcher._client.send(node, FetchRequest(0, 0, 0, 1, []))


async def test_on_its_way_a_fetch_is_timed_as_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds under way, it proves nothing any more when it arrives."""
    world = World()
    brokers = Brokers(world, monkeypatch)
    brokers.under_way_ms = 2_000
    await brokers.answer(1, stable=5)
    assert not world.is_fresh()
    world.now -= 1_000
    assert world.is_fresh()


@pytest.mark.parametrize(("after_ms", "fresh"), [(1_999, False), (2_000, True), (2_001, True)])
async def test_a_new_leader_is_not_believed_at_once(
    after_ms: int, fresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one had acknowledged a cancellation at 5; the new one does not know yet that its log goes on behind 5.
    Its word counts two seconds after it was first heard: within, exactly at, and after."""
    world = World(position=5)
    brokers = Brokers(world, monkeypatch)
    await brokers.answer(1, stable=5)
    world.now += 1_500
    await brokers.answer(2, stable=5)
    assert not world.is_fresh()
    assert world.looks.silence_ms(T0) == 0  # it was heard all the same: nothing stands still
    world.now += after_ms
    await brokers.answer(2, stable=5)
    assert world.is_fresh() is fresh


async def test_a_leader_that_was_away_is_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It refused in between: somebody else may have led, and taken a cancellation."""
    world = World()
    brokers = Brokers(world, monkeypatch)
    await brokers.answer(1, stable=5)
    await brokers.answer(1, stable=-1, error=6)
    world.now += 1_001
    await brokers.answer(1, stable=5)
    assert not world.is_fresh()


def test_records_not_yet_folded_spoil_the_look() -> None:
    """The answer brought records up to 9: the look counts once the position is there, still from its sending."""
    world = World()
    world.looks.answered(T0, sent_ms=9_900, stable=9)
    assert not world.is_fresh()

    world.position = 9
    assert world.is_fresh()
    world.now = 10_901
    assert not world.is_fresh()


def test_an_older_proof_stands_while_newer_records_wait() -> None:
    """What was proved at 9,500 holds until 10,500, whatever has arrived since."""
    world = World()
    world.looks.answered(T0, sent_ms=9_500, stable=5)
    world.looks.answered(T0, sent_ms=9_900, stable=9)

    assert world.is_fresh()
    world.now = 10_501
    assert not world.is_fresh()


def test_a_late_answer_of_an_older_fetch_takes_nothing_back() -> None:
    """Two fetches to two leaders: the newest proof counts."""
    world = World()
    world.looks.answered(T0, sent_ms=9_900, stable=5)
    world.looks.answered(T0, sent_ms=9_000, stable=5)
    world.now = 10_850
    assert world.is_fresh()


def test_a_partition_that_is_not_ours_has_no_look() -> None:
    """Neither while it is being opened nor after it has gone."""
    world = World(position=None)
    world.looks.answered(T0, sent_ms=9_900, stable=0)
    assert not world.is_fresh()

    world.position = 5
    assert world.is_fresh()
    world.looks.forget(T0)
    assert not world.is_fresh()


def test_silence_is_counted_from_the_last_answer() -> None:
    """From being expected on; nothing is expected of a partition that is not ours."""
    world = World()
    assert world.looks.silence_ms(T0) == 0
    world.looks.expect(T0)
    world.now += 700
    assert world.looks.silence_ms(T0) == 700
    world.looks.answered(T0, sent_ms=world.now - 300, stable=9)
    assert world.looks.silence_ms(T0) == 0
    world.looks.forget(T0)
    world.now += 700
    assert world.looks.silence_ms(T0) == 0


async def test_waiting_ends_with_a_fresh_look_or_when_it_is_no_longer_wanted() -> None:
    """Whoever waits is let go when the partition is taken away."""
    world = World()
    turns = iter((True, True, False))
    await world.looks.fresh(T0, lambda: next(turns))
    world.looks.answered(T0, sent_ms=world.now, stable=5)
    await world.looks.fresh(T0, lambda: True)
