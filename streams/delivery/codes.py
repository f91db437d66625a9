"""Codes of pools: which one is whose. One live code a person and rule, and never one code to two.

A code is claimed when its trigger is taken into the ledger, in the same commit, so whatever a call says is known by
whoever comes next. It is free again once its last delivery has ended and has certainly reached nobody; what has been
delivered, or may have been, is that person's for good. All of it concerns one partition of triggers: each has its own
part of every pool, so no two ever choose from the same codes.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import orjson

from schemas.outcomes.deliveries import TERMINAL, Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerFired, TriggerOffer
from streams.ids import hash64
from streams.state_format import FIRST_VERSION, StateFormat

CODE_KEY = b"\x00code:"
"""The key of a claim in the ledger, followed by pool and code."""

BETWEEN = "\x1f"
"""Between them: no pool's name has it, and no code."""

CLAIM = StateFormat("a claim of a code")

Code = tuple[str, str]
"""A pool, and a code of it."""

Entry = tuple[bytes, bytes | None]
"""What the ledger has to note."""


class Claim(NamedTuple):
    """Whose a code is: a hash of person and rule. It is live until `until`, ms, None for good; `given` once it may have
    reached the person."""

    whose: str
    until: int | None
    given: bool


class Claimed(NamedTuple):
    """The `code` of a delivery, whether it was free until now (`is_new`), and what is to be noted."""

    code: str
    is_new: bool
    entry: Entry


def dealt(codes: Iterable[str], partitions: int) -> list[list[str]]:
    """The codes from which each partition of triggers may choose, in their order: each code is one partition's."""
    parts: list[list[str]] = [[] for _ in range(partitions)]
    for code in codes:
        parts[int.from_bytes(hash64(code.encode())) % partitions].append(code)
    return parts


def pool_of(trigger: TriggerFired) -> str | None:
    """The pool that the trigger's code is to come from; None if it asks for none, or brings its code along."""
    offer = None if trigger.message is None else trigger.message.offer
    return offer.code_pool if offer is not None and offer.code is None else None


def with_code(trigger: TriggerFired, code: str) -> TriggerFired:
    """The trigger with that code in its offer."""
    offer, message = _offer(trigger).model_copy(update={"code": code}), trigger.message
    assert message is not None, "it has no offer"
    return trigger.model_copy(update={"message": message.model_copy(update={"offer": offer})})


class Codes:
    """The claims of one partition, and what is free of its part of the pools."""

    def __init__(self) -> None:
        self._claims: dict[Code, Claim] = {}
        self._live: dict[tuple[str, str], str] = {}  # by pool and whose
        self._held: Counter[Code] = Counter()  # by how many deliveries that have not ended
        self._free: dict[str, OrderedDict[str, None]] = {}

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one record of the ledger. Raises UnreadableState."""
        pool, code = key.removeprefix(CODE_KEY).decode().split(BETWEEN)
        if value is None:
            self._claims.pop((pool, code), None)
        else:
            self._claims[pool, code] = decode(value)

    def open(self, lines: Iterable[Delivery]) -> None:
        """All is restored, and these are the deliveries that have not ended."""
        for (pool, code), claim in self._claims.items():
            known = self._live.get((pool, claim.whose))
            if known is None or _lasts_longer(claim, self._claims[pool, known]):
                self._live[pool, claim.whose] = code
        for line in lines:
            if line.code is not None and line.code_pool is not None:
                self._held[line.code_pool, line.code] += 1

    @property
    def pools(self) -> Collection[str]:
        """The pools that there are."""
        return self._free.keys()

    def fill(self, pools: Mapping[str, Iterable[str]]) -> None:
        """These are the codes of the partition, from now on; those that are claimed stay so."""
        self._free = {pool: self._unclaimed(pool, codes) for pool, codes in pools.items()}

    def _unclaimed(self, pool: str, codes: Iterable[str]) -> OrderedDict[str, None]:
        return OrderedDict.fromkeys([code for code in codes if (pool, code) not in self._claims])

    def free(self, pool: str) -> int:
        """How many codes of the pool are nobody's."""
        return len(self._free.get(pool, ()))

    def claim(self, trigger: TriggerFired, pool: str) -> Claimed | None:
        """The code for the trigger's delivery, which is to end later: the live one of its person and rule, else one
        that is free; None if none is."""
        whose, until = _whose(trigger), _offer(trigger).expires_at
        code = self._live.get((pool, whose))
        known = None if code is None else self._claims[pool, code]
        if code is None or known is None or (known.until is not None and known.until <= trigger.fired_at_ms):
            free = self._free.get(pool)
            if not free:
                return None
            code, _ = free.popitem(last=False)
            self._live[pool, whose] = code
            claim, is_new = Claim(whose, until, given=False), True
        else:
            both = None if until is None or known.until is None else max(until, known.until)
            claim, is_new = known._replace(until=both), False
        self._held[pool, code] += 1
        return Claimed(code, is_new, self._note(pool, code, claim))

    def ended(self, line: Delivery) -> Entry | None:
        """A delivery has ended; what is to be noted. Whatever may have reached the person is theirs; else the code is
        free again, unless another delivery still says it."""
        assert line.state in TERMINAL, "it goes on"
        if line.code is None or line.code_pool is None:
            return None
        at = line.code_pool, line.code
        self._held[at] -= 1
        if not self._held[at]:
            del self._held[at]
        claim = self._claims[at]
        if claim.given:
            return None
        if line.state is DeliveryState.DELIVERED or line.may_have_arrived:
            return self._note(*at, claim._replace(given=True))
        if at in self._held:
            return None
        del self._claims[at]
        if self._live.get((at[0], claim.whose)) == at[1]:
            del self._live[at[0], claim.whose]
        if at[0] in self._free:
            self._free[at[0]][at[1]] = None
        return _key(*at), None

    def _note(self, pool: str, code: str, claim: Claim) -> Entry:
        self._claims[pool, code] = claim
        return _key(pool, code), encode(claim)


def _offer(trigger: TriggerFired) -> TriggerOffer:
    assert trigger.message is not None, "it has no offer"
    assert trigger.message.offer is not None, "it has no offer"
    return trigger.message.offer


def _whose(trigger: TriggerFired) -> str:
    """A hash: the ledger keeps claims for as long as it stands, and needs no names for that."""
    return hash64(f"{trigger.profile}{BETWEEN}{trigger.rule_id}".encode()).hex()


def _lasts_longer(one: Claim, other: Claim) -> bool:
    return other.until is not None and (one.until is None or one.until > other.until)


def _key(pool: str, code: str) -> bytes:
    return CODE_KEY + pool.encode() + BETWEEN.encode() + code.encode()


def encode(claim: Claim) -> bytes:
    """The claim as it stands in the ledger."""
    return orjson.dumps({**claim._asdict(), "version": CLAIM.version})


def decode(value: bytes) -> Claim:
    """The claim that the ledger holds. Raises UnreadableState."""
    said = orjson.loads(value)
    said = CLAIM.lift(said.get("version", FIRST_VERSION), said)
    return Claim(said["whose"], said["until"], given=said["given"])
