"""The ledger of one partition of triggers, in memory: every change is noted, to be committed with what follows from it.

Nothing here waits, so a line is read, moved and put back without anything in between.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from agents.dispatch.reading import dead_letter
from schemas.outcomes.dead_letters import DeadLetter, Rejection
from schemas.outcomes.deliveries import TERMINAL, Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerFired
from schemas.topics import Topic
from streams.ceiling import Ceiling
from streams.delivery.codes import CODE_KEY, Codes
from streams.delivery.delivery import receipt
from streams.delivery.delivery_record import decode, decode_position, encode, encode_position
from streams.records import fact_record
from streams.stage import POSITION_KEY, Effects, Out

TRIGGERS = "/triggers"  # the ceiling of the partition's records: no destination is called so
CEILING_HEADER = "dead-letters:"
UNKNOWN = "unknown"  # the label of destinations that the settings do not name: label sets are closed


class Settled(NamedTuple):
    """What is kept in memory of a terminal line: enough to know a repeat, and when to let go of it."""

    state: DeliveryState
    at_ms: int


class Ledger:
    """Lines by trigger id. `position` is the next trigger offset that has not been folded, None before the first."""

    def __init__(
        self,
        topic: str,
        partition: int,
        destinations: frozenset[str],
        new_ceiling: Callable[[], Ceiling] = lambda: Ceiling(1.0, 1),
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.position: int | None = None
        self.lines: dict[str, Delivery] = {}
        self.standing: Counter[tuple[str, DeliveryState]] = Counter()  # unfinished lines, by destination
        self.ceilings = {name: new_ceiling() for name in (TRIGGERS, *destinations)}
        """How many of the last triggers, and of the last deliveries to each destination, are dead letters."""
        self.codes = Codes()
        self._destinations = destinations
        self._settled: dict[str, Settled] = {}  # oldest first, as they became terminal
        self._taken: dict[str, dict[str, None]] = {}  # unfinished ids by destination, oldest first
        self._effects = Effects()
        self._dirty: dict[bytes, bytes | None] = {}

    def restore(self, key: bytes, value: bytes | None, headers: Iterable[tuple[str, bytes]] = ()) -> None:
        """Take one record of the ledger topic, in the topic's order."""
        if key == POSITION_KEY:
            self.position = decode_position(value)
            counted = dict(headers)
            for name, ceiling in self.ceilings.items():
                ceiling.restore(counted.get(CEILING_HEADER + name, b"[]"))
            return
        if key.startswith(CODE_KEY):
            self.codes.restore(key, value)
            return
        trigger_id = key.decode()
        self.lines.pop(trigger_id, None)
        self._settled.pop(trigger_id, None)
        if value is None:
            return
        line = decode(value)
        if line.state in TERMINAL:
            self._remember(line)
        else:
            self.lines[trigger_id] = line

    def open(self) -> None:
        """All of the topic has been restored: derive what is derived."""
        for line in sorted(self.lines.values(), key=lambda line: line.taken_at_ms):
            self._stand(line)
        self.codes.open(self.lines.values())

    def claim(self, trigger: TriggerFired, pool: str) -> str | None:
        """A code of the pool for the trigger, whose line is put next; None if there is none. It is committed with that
        line, and released with its end if it has reached nobody."""
        claimed = self.codes.claim(trigger, pool)
        if claimed is None:
            self._count_code(pool, "missing")
            return None
        self._count_code(pool, "claimed" if claimed.is_new else "kept")
        key, value = claimed.entry
        self._dirty[key] = value
        return claimed.code

    def state(self, trigger_id: str) -> DeliveryState | None:
        """Where that trigger's delivery stands; None if the ledger does not know it."""
        line = self.lines.get(trigger_id)
        if line is not None:
            return line.state
        settled = self._settled.get(trigger_id)
        return None if settled is None else settled.state

    def put(self, line: Delivery) -> None:
        """The line is now this. A terminal one brings its receipt, and a dead letter if it is dead."""
        before = self.lines.pop(line.trigger_id, None)
        if before is not None:
            self.standing[self.label(before.destination), before.state] -= 1
        if line.state in TERMINAL:
            self._taken.get(self.label(line.destination), {}).pop(line.trigger_id, None)
            self._end_claim(line)
            self._settle(line)
            line = line.model_copy(update={"body": ""})
        else:
            self._stand(line)
        self._dirty[line.trigger_id.encode()] = encode(line)

    def quarantine(self, letter: DeadLetter, key: bytes) -> None:
        """Put a record aside."""
        self._effects.outputs.append(Out(Topic.DEAD_LETTERS, key, letter.model_dump_json().encode()))
        self._effects.count("dead_letters", letter.stage)

    def count(self, *name: str) -> None:
        """Count something that becomes true with the next commit."""
        self._effects.count(*name)

    def move(self, position: int) -> None:
        """Everything below `position` has been folded."""
        self.position = position
        self._dirty[POSITION_KEY] = encode_position(position)

    def ended(self, destination: str, *, is_dead: bool) -> bool:
        """A delivery to it ended, by calls; whether too many die. One that arrives after that shows it to be over."""
        ceiling = self.ceilings[destination]
        if ceiling.is_exceeded and not is_dead:
            ceiling.clear()
        if is_dead and self.position is not None:
            self.move(self.position)  # what is counted is kept with it
        return ceiling.add(1, int(is_dead)) and is_dead

    def let_go(self, before_ms: int, most: int) -> int:
        """Forget at most `most` lines that became terminal before that time; how many they were."""
        old: list[str] = []
        for trigger_id, settled in self._settled.items():
            if settled.at_ms >= before_ms or len(old) == most:
                break
            old.append(trigger_id)
        for trigger_id in old:
            del self._settled[trigger_id]
            self._dirty[trigger_id.encode()] = None
        return len(old)

    def oldest_ms(self, destination: str) -> int | None:
        """When the oldest unfinished line of a destination was taken up."""
        for trigger_id in self._taken.get(destination, {}):
            return self.lines[trigger_id].taken_at_ms
        return None

    def unfinished(self) -> Iterator[Delivery]:
        """All lines that are not terminal; the ledger may change meanwhile."""
        yield from tuple(self.lines.values())

    @property
    def is_dirty(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self._dirty or self._effects.outputs or self._effects.counts)

    def take(self) -> Effects:
        """What has changed since the last call, to be committed as one."""
        effects, self._effects = self._effects, Effects()
        effects.changelog, self._dirty = list(self._dirty.items()), {}
        effects.mark_headers = [
            (CEILING_HEADER + name, ceiling.encode()) for name, ceiling in self.ceilings.items() if ceiling.dead
        ]
        return effects

    def label(self, destination: str) -> str:
        """The destination as the metrics may show it."""
        return destination if destination in self._destinations else UNKNOWN

    def _end_claim(self, line: Delivery) -> None:
        entry = self.codes.ended(line)
        if entry is None or line.code_pool is None:
            return
        key, value = entry
        self._dirty[key] = value
        self._count_code(line.code_pool, "released" if value is None else "given")

    def _count_code(self, pool: str, outcome: str) -> None:
        self._effects.count("codes", pool if pool in self.codes.pools else UNKNOWN, outcome)

    def _stand(self, line: Delivery) -> None:
        label = self.label(line.destination)
        self.lines[line.trigger_id] = line
        self.standing[label, line.state] += 1
        self._taken.setdefault(label, {})[line.trigger_id] = None

    def _remember(self, line: Delivery) -> None:
        self._settled[line.trigger_id] = Settled(line.state, line.updated_at_ms)

    def _settle(self, line: Delivery) -> None:
        self._remember(line)
        self._effects.outputs.append(fact_record(line.profile, receipt(line)))
        self._effects.count("deliveries", self.label(line.destination), line.state.value)
        if line.state is DeliveryState.DEAD:
            letter = dead_letter(
                Rejection.UNDELIVERABLE, line.detail or "", self.topic, self.partition, line.offset, line.body.encode()
            )
            self.quarantine(letter, line.trigger_id.encode())
