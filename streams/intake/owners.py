"""Whose a record is, where it names somebody who is nobody; and whether its Kafka key belongs to it.

One of customer and visitor that stands for nobody is dropped if the other does not. A click that is left without a
visitor is kept under one that stands in for the customer.
"""

import re
from collections.abc import Mapping
from typing import Final
from unicodedata import category

from schemas.events.clicks import Click
from schemas.events.engagements import Engagement
from schemas.events.orders import Order
from schemas.events.plain_clicks import AnyClick
from schemas.ids import PLACEHOLDERS, is_stand_in, stand_in
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.refusals import Rejected
from schemas.reading.second_look import Note
from schemas.reading.written import owners_written
from streams.stage import Record

NOBODIES: Final = frozenset(
    {
        *("null", "undefined", "none", "nan", "nil", "void", "null.null", "undefined.undefined", "nan.nan"),
        *("none.none", "n/a", "#n/a", "n/d", "n.a.", "n.d.", "not set", "notset", "empty", "unknown", "anonymous"),
        *("anon", "anonymous user", "anonymoususer", "guest", "guest user", "guest checkout", "nobody"),
        *("not logged in", "notloggedin", "logged out", "loggedout", "not signed in", "signed out", "not available"),
        *("not applicable", "not provided", "no id", "no user", "redacted", "false", "true", "test", "object object"),
        *("object null", "object undefined", "-1", "\\n", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        *("xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        *("na", "unset", "unidentified", "unregistered", "unspecified"),
        *("no email", "noemail", "no customer", "walk in"),
        *("walk in customer", "guest customer", "anonymous customer", "deleted", "deleted user", "deleted customer"),
        *("anonymized", "anonymised", "visitor id", "customer id", "user id", "client id", "anonymous id"),
        *("gast", "gastkunde", "gastbesteller", "besucher", "unbekannt", "anonym", "invité", "visiteur", "inconnu"),
        *("anonyme", "invitado", "visitante", "desconocido", "anónimo", "anonimo", "convidado", "desconhecido"),
        *("anônimo", "ospite", "sconosciuto", "onbekend", "anoniem", "gäst", "okänd", "gæst", "gjest", "ukjent"),
        *("ukendt", "vieras", "tuntematon", "gość", "nieznany", "neznámý", "vendég", "ismeretlen", "necunoscut"),
        *("misafir", "ziyaretçi", "гость", "аноним", "неизвестно"),
        *("неизвестный", "невідомий", "ゲスト", "匿名", "不明"),
        *("游客", "访客", "遊客", "訪客", "未知", "게스트", "비회원", "익명"),
    }
)
"""What producers write, in any case, where they have no id: everybody without one would become one person. Only what no
shop would give to anybody, in whichever language. Between words a blank stands for `_` and `-`, too; signs around one
change nothing."""

BOTH: Final = ("visitor_id", "customer_id")

EMPTY_FORM: Final = "0.-_*?# "
"""An id of these characters alone is a form that was never filled in: `0`, `-`, `000000000.000000000`, the UUID of
zeros."""

UNFILLED: Final = re.compile(
    PLACEHOLDERS + r"|%%.*%%|<%.*%>|\[\[.*\]\]|\[object .*\]|\*\|.*\|\*"
    r"|%[a-z_.]+%|[$:@](?:visitor|customer|client|user|anonymous)[_.]?id",
    re.DOTALL,
)
"""What a template's placeholder is that nobody has filled in: everybody would be one person."""

AROUND: Final = "\"'`()[]{}<>"
"""What programs put around a word that says that there is nothing: `<nil>`, `(redacted)`, `'null'`."""

ERROR_OF_A_SHEET: Final = re.compile(r"#[a-z_/0]+[!?]")
"""What a spreadsheet writes where it has no value: `#ref!`, `#name?`, `#div/0!`."""

NOTHING_REPEATED: Final = re.compile(
    r"(?:null|undefined)(?:[\W_]*(?:null|undefined))+|(?:none|nan|nil)(?:[\W_]+(?:none|nan|nil))+"
)
"""First and last name of nobody, put together."""

MISKEYED: Final = Rejected(Rejection.KEY_MISMATCH, "the Kafka key is not the visitor or customer that the record names")
"""Two owners for one person would be the price of taking such a record."""


def is_nobody(id_: str, nobodies: frozenset[str]) -> bool:
    """Whether the id of a visitor or customer is one of those, blank, an empty form, or a path that climbs."""
    plain = id_.strip().casefold()
    if not plain or plain in nobodies or (plain[0] in EMPTY_FORM and not plain.strip(EMPTY_FORM)):
        return True
    if not plain[0].isalnum():
        bare = plain.strip(AROUND)
        if (
            UNFILLED.fullmatch(plain)
            or ERROR_OF_A_SHEET.fullmatch(plain)
            or all(category(sign)[0] == "P" for sign in plain)
            or (bare != plain and is_nobody(bare, nobodies))
        ):
            return True
    elif not plain[-1].isdigit() and _is_made_of_nobodies(plain, nobodies):  # most ids end in a digit
        return True
    return "/" in plain and ".." in plain.split("/")


def _is_made_of_nobodies(plain: str, nobodies: frozenset[str]) -> bool:
    """Whether these are the words of nobody written otherwise, or nobody's mailbox at nobody's host."""
    if "@" in plain:
        name, _, host = plain.partition("@")
        return name in nobodies and host.partition(".")[0] in nobodies
    if ("_" in plain or "-" in plain) and plain.replace("_", " ").replace("-", " ") in nobodies:
        return True
    return plain[0] in "nu" and NOTHING_REPEATED.fullmatch(plain) is not None


def owned_click(click: AnyClick, record: Record, nobodies: frozenset[str], note: Note) -> AnyClick | Rejected:
    """The click without whoever is nobody, if it is keyed rightly; `note` hears what was dropped.

    Its key says which partition owns the visitor, so it is the visitor's id, as written or as kept. A click that names
    none may as well be keyed by its customer, by nobody, or not at all: it is kept where it lies.
    """
    visitor, customer = click.visitor_id, click.customer_id
    if customer is not None and is_nobody(customer, nobodies):
        customer = None
    is_named = not is_stand_in(visitor) and not is_nobody(visitor, nobodies)
    if not is_named:
        if customer is None:
            return _nobodys({"visitor_id": None if is_stand_in(visitor) else visitor, "customer_id": click.customer_id})
        visitor = stand_in(customer)
    if (
        record.key != click.visitor_id.encode()
        and not _is_keyed(record, ("visitor_id",) if is_named else BOTH)
        and (is_named or not _has_no_key(record, nobodies))
    ):
        return MISKEYED
    if is_named and customer == click.customer_id:
        return click
    note(Oddity.OWNER_DROPPED)
    if isinstance(click, Click):
        return click.model_copy(update={"visitor_id": visitor, "customer_id": customer})
    click.visitor_id, click.customer_id = visitor, customer  # nobody else has it yet
    return click


def owned_record(
    said: Order | Engagement, record: Record, nobodies: frozenset[str], note: Note
) -> Order | Engagement | Rejected:
    """The order or engagement without whoever is nobody, if its key does not name somebody else; `note` hears what was
    dropped. The key decides nothing: the record is sent on to its owner."""
    owners = {"customer_id": said.customer_id, "visitor_id": said.visitor_id}
    named = {name: id_ for name, id_ in owners.items() if id_ is not None and not is_nobody(id_, nobodies)}
    if not named:
        return _nobodys(owners)
    kept = [id_.encode() for id_ in named.values()]
    if record.key not in kept and not _has_no_key(record, nobodies) and not _is_keyed(record, BOTH):
        return MISKEYED
    dropped: dict[str, None] = {name: None for name, id_ in owners.items() if id_ is not None and name not in named}
    if not dropped:
        return said
    note(Oddity.OWNER_DROPPED)
    return said.model_copy(update=dropped)


def _nobodys(owners: Mapping[str, str | None]) -> Rejected:
    """The record names nobody: which ids it names them by."""
    named = [name for name, id_ in owners.items() if id_ is not None]
    return Rejected(Rejection.BAD_ID, f"{' and '.join(named)}: stand{'s' if len(named) == 1 else ''} for nobody")


def _is_keyed(record: Record, names: tuple[str, ...]) -> bool:
    """Whether the key is one of these ids, as the record writes it or as it is kept."""
    assert record.value is not None
    written = owners_written(record.value)
    return any(record.key in written.get(name, ()) for name in names)


def _has_no_key(record: Record, nobodies: frozenset[str]) -> bool:
    """Whether the key is missing, or stands for nobody."""
    return record.key is None or is_nobody(record.key.decode("utf-8", "replace"), nobodies)
