"""What identifies a record: what it is, when, whose. Without it the record is refused; all else can be mended."""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.ids import digest_of, names_nothing
from schemas.mending.names import Odd, Shape
from schemas.mending.values import ABSENT, Read
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.json_text import Said, parse
from schemas.reading.refusals import BLESSED, BLESSING, Rejected

Fields = dict[str, Read]


class Owners(NamedTuple):
    """Whose a record is: one of both at least."""

    customer: str | None
    visitor: str | None


class Refusal(Exception):
    """What identifies the record is missing or unusable. Never leaves the modules that mend."""

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.detail)
        self.rejected = rejected


def fields_of(value: bytes, kind: Shape, odd: Odd) -> Fields:
    """The fields of a record of that kind. Where its event id says that there is none, the digest of its bytes stands
    for it: so it is told from all others, and a repeat is one. Raises Refusal for what is no record at all."""
    said = parse(value)
    if isinstance(said, Rejected):
        raise Refusal(said)
    if _is_blessed(said):
        raise Refusal(BLESSED)
    fields = kind.fields(said, odd)
    event_id = fields.get("event_id", ABSENT).said
    if event_id is not None and names_nothing(event_id):
        fields["event_id"] = Read(digest_of(value), Oddity.ID_DERIVED)
    return fields


def _is_blessed(said: Said) -> bool:
    objects = [said]
    for name, value in said:
        if name == "lines" and isinstance(value, list):
            objects += [line for line in value if isinstance(line, Said)]
    return any(name == BLESSING for each in objects for name, _ in each)


def identify(fields: Mapping[str, Read], needed: tuple[str, ...], odd: Odd) -> None:
    """Hold the fields against what the record needs, and against our version. Raises Refusal."""
    for name in needed:
        need(name, fields.get(name, ABSENT), Rejection.TIME if name == "occurred_at" else Rejection.MISSING)
        oddity = fields[name].odd
        if oddity is not None:
            odd[oddity] = None
    version = fields.get("schema_version", ABSENT)
    if version.wrong is not None:
        raise refused("schema_version", version.wrong)


def owners_in(fields: Mapping[str, Read], names: tuple[str, str], odd: Odd) -> Owners:
    """Whose the record is, without the one that cannot be used if the other can. Who is named twice, and differently,
    is nobody's guess. Raises Refusal; the first of `names` gives the reason."""
    reads = {name: fields.get(name, ABSENT) for name in names}
    nobody = all(read.said is None for read in reads.values())
    for name, read in reads.items():
        if read.wrong is not None and (nobody or read.wrong is Rejection.DUPLICATE_KEY):
            raise refused(name, read.wrong)
        if read.odd is not None:
            odd[Oddity.OWNER_DROPPED if read.said is None else read.odd] = None
    if nobody:
        raise refused(" or ".join(names), Rejection.MISSING)
    return Owners(reads["customer_id"].said, reads["visitor_id"].said)


def need(name: str, read: Read, missing: Rejection = Rejection.MISSING) -> None:
    """Raises Refusal if the field says nothing that can be used."""
    if read.said is None:
        raise refused(name, missing if read.wrong is None else read.wrong)


def refused(name: str, reason: Rejection) -> Refusal:
    """The refusal of a record for that field."""
    return Refusal(Rejected(reason, f"{name}: {_SENTENCES[reason]}"))


_SENTENCES: dict[Rejection, str] = {
    Rejection.MISSING: "is missing",
    Rejection.TYPE: "is of another type",
    Rejection.TIME: "is no time with a zone, or in milliseconds; seconds since the epoch are none",
    Rejection.NUMBER: "is a number that it cannot be",
    Rejection.BAD_ID: "is empty or too long, or nobody sees anything of it",
    Rejection.ENCODING: "has a character that is none",
    Rejection.DUPLICATE_KEY: "is there twice, with different values",
    Rejection.VERSION: "is another major version than 1",
}
