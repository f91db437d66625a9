"""What was said of messages, or of being known, as it stands in records: structs of msgspec."""

from msgspec import Struct

from schemas.facts.profile_facts import ConsentChanged, ErasureAsked


class Wish(Struct, array_like=True, gc=False):
    """What the visitor said of messages or of being known, and the customer whose wish it is; the profile's own, HERE,
    where it was nobody's."""

    fact: ConsentChanged | ErasureAsked
    to: str


class Note(Struct, omit_defaults=True, gc=False):
    """What is kept of somebody who is put aside: the time of the last that is known of the person (`aside`, ms), and
    the profile's record of what is heard of wishes since; None as long as nothing is."""

    aside: int
    heard: bytes | None = None
