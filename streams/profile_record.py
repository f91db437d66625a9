"""How a profile stands in the changelog: a JSON object that begins with its version and its summary.

At a restore most profiles are only looked at: when each wants to be woken, and what is counted. That is in the summary,
which is read without the rest. `as_of_today` brings older records into that form, too.
"""

from typing import Any

import orjson
from pydantic import TypeAdapter

from schemas.profile import Profile
from streams.profile import Summary, summary
from streams.state_format import FIRST_VERSION, StateFormat

Json = dict[str, Any]


def _with_summary(record: Json) -> Json:
    """1 to 2: version and summary come first. What is lifted is written anew, and they are."""
    return record


RECORD = StateFormat("a profile", oldest=5)

_TODAY = b'{"version":%d,"summary":' % RECORD.version
_profile: TypeAdapter[Profile] = TypeAdapter(Profile)


def encode(profile: Profile) -> bytes:
    """The record as it stands in the changelog; equal profiles have equal bytes."""
    return b"".join((_TODAY, orjson.dumps(tuple(summary(profile))), b",", orjson.dumps(profile)[1:]))


def decode(value: bytes) -> Profile:
    """The record that the changelog holds. Raises UnreadableState."""
    return _profile.validate_json(as_of_today(value))


def as_of_today(value: bytes) -> bytes:
    """The record in the form of today's version, lifted if need be. Raises UnreadableState."""
    if value.startswith(_TODAY):
        return value
    said = orjson.loads(value)
    lifted = RECORD.lift(said.get("version", FIRST_VERSION), said)
    return encode(_profile.validate_json(orjson.dumps(lifted)))


def summary_of(value: bytes) -> Summary:
    """The summary of a record of today's version."""
    return Summary(*orjson.loads(value[len(_TODAY) : value.index(b"]") + 1]))
