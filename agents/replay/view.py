"""What came of a replay, on the terminal and as JSON."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from agents.replay.lines import Backwards
from agents.replay.tally import Met, Tally
from agents.terminal import show_rows
from schemas.rules.words import UNITS_MS
from schemas.topics import Topic
from streams.records import OUTCOMES

MEANS = {
    "tombstone": "ignored: there is no value",
    "unknown_type": "ignored: other types that this version does not know",
    "unknown_field": "applied without other fields that this version does not know",
    "byte_order_mark": "applied without its byte order mark",
    "total_mismatch": "applied: the total is not the sum of the lines",
    "too_old": "late, and without any effect",
    "hot_key": "applied: more clicks of one visitor in one moment than anybody makes",
    "foreign_partition": "applied; live, orders that name this visitor would go to another partition",
    "similar_id": "applied as somebody else: only case differs from a known visitor",
    "amount_rounded": "applied: an amount finer than its currency was rounded",
    "amount_dropped": "applied without an amount or a currency that cannot be used",
    "currency_folded": "applied: a currency in lower case, or with blanks around it",
    "quantity_text": "applied: a quantity stands in a text",
    "quantity_rounded": "applied: a quantity with more than three decimals was rounded",
    "adjustment_line": "applied: a line below zero counts for the total only",
    "lines_cut": "applied with the first lines only",
    "line_dropped": "applied without a line that names no product",
    "id_cleaned": "applied: an id was cleaned of outer blanks and characters that nobody sees",
    "id_derived": "applied: a digest stands for an id that is too long, or for that of a wish without one",
    "cart_unknown": "applied as a sign of life: a whole cart that cannot be read changes no cart",
    "payment_synonym": "applied: the payment's state in another word than ours",
    "payment_unknown": "applied as if none was told: the payment's state in a word that nobody knows",
    "type_synonym": "applied: a wish to hear nothing, or to be forgotten, in another word than ours",
    "field_dropped": "applied without a field that nobody needs and that cannot be used",
    "owner_dropped": "applied for the other of customer and visitor: one of them is nobody",
    "clock_corrected": "applied at another time: the device's clock is wrong, and sent_at says by how much",
    "bot": "ignored: of a known bot",
    "machine": "ignored: done, or agreed to, by a machine, of which only opt-outs are heard",
    "excluded": "ignored: a test, or of somebody whom the settings exclude",
    "put_aside": "ignored: the person was put aside, since the record became too large",
}
"""What became of a record with that oddity."""

_UNJUDGED = {
    "where": "A `where` could not be judged, and did not hold: {count:,} times an event had a field of another type, "
    "such as a text for a number.",
    "if": "An `if` could not be judged, and did not hold: {count:,} times; the decisions say why.",
}
"""What to say of conditions that failed."""


def as_json(tally: Tally, inputs: Mapping[Topic, Path], cpu_s: float) -> dict[str, Any]:
    """The numbers by `topic.outcome`; what was quarantined and what was odd, each with its first place, `file:line`."""
    outcomes = {f"{topic}.{name}": by for topic, ended in tally.outcomes().items() for name, by in ended.items()}
    return {
        "read": sum(tally.read.values()),
        "fired": tally.fired,
        "triggers": dict(sorted(tally.triggers.items())),
        **outcomes,
        "quarantined": [_json(met, inputs) for met in tally.quarantined],
        "oddities": [_json(met, inputs) for met in tally.oddities],
        "backwards": [
            {"topic": topic.value, "first": f"{inputs[topic]}:{found.line}"}
            | {"back_ms": found.back_ms, "farthest_ms": found.farthest_ms}
            for topic, found in tally.backwards.items()
        ],
        "conditions_failed": tally.unjudged,
        "cpu_s": round(cpu_s, 3),
    }


def show(tally: Tally, inputs: Mapping[Topic, Path], cpu_s: float, lateness_ms: int, console: Console) -> None:
    """How the records of each input ended, what was quarantined, what was odd, which inputs are out of order, and how
    many triggers of each kind fired."""
    ended: list[tuple[str | int, ...]] = [
        (str(inputs[topic]), tally.read[topic], *by.values()) for topic, by in tally.outcomes().items()
    ]
    show_rows("how records ended", ("input", "read", *OUTCOMES), ended, console)
    _show_met("quarantined", ("reason", "why"), tally.quarantined, inputs, console)
    _show_met("odd", ("oddity", "what became of it"), tally.oddities, inputs, console)
    for topic, found in tally.backwards.items():
        console.print(escape(_out_of_order(f"{inputs[topic]}:{found.line}", found, lateness_ms)) + "\n")
    for clause, count in tally.unjudged.items():
        if count:
            console.print(f"{_UNJUDGED[clause].format(count=count)}\n")
    show_rows("triggers", ("kind", "fired"), sorted(tally.triggers.items()), console)
    console.print(f"{tally.fired:,} trigger{'' if tally.fired == 1 else 's'}, {cpu_s:.1f} s of CPU time")


def _out_of_order(first: str, found: Backwards, lateness_ms: int) -> str:
    """What is made of a file that goes back in time: it is replayed as it stands."""
    said = (
        f"{first} is the first line that goes back in time, by {_length(found.back_ms)}; the farthest goes back by "
        f"{_length(found.farthest_ms)}. Lines count in the order in which they stand, as they would arrive live"
    )
    if found.farthest_ms <= lateness_ms:
        return f"{said}; all are within --lateness {_length(lateness_ms)}."
    return (
        f"{said}: what is more than --lateness {_length(lateness_ms)} behind is judged late. Sort the file by "
        f"occurred_at, or give --lateness {_length(found.farthest_ms)}."
    )


def _length(ms: int) -> str:
    """A duration as `--lateness` takes it, rounded up, two digits at least where it has them."""
    for unit in ("d", "h", "m", "s"):
        if ms >= 2 * UNITS_MS[unit]:
            return f"{-(-ms // UNITS_MS[unit])}{unit}"
    return f"{ms}ms"


def _show_met(
    title: str, heads: tuple[str, str], met: Iterable[Met], inputs: Mapping[Topic, Path], console: Console
) -> None:
    rows = [(one.topic, one.name, one.count, _first(one, inputs), _words(one)) for one in met]
    show_rows(title, ("topic", heads[0], "records", "first", heads[1]), rows, console)


def _json(met: Met, inputs: Mapping[Topic, Path]) -> dict[str, Any]:
    first = _first(met, inputs) or None
    return {"topic": met.topic, "name": met.name, "count": met.count, "first": first, "detail": _words(met)}


def _first(met: Met, inputs: Mapping[Topic, Path]) -> str:
    return f"{inputs[Topic(met.topic)]}:{met.line}" if met.line is not None else ""


def _words(met: Met) -> str:
    return met.detail or MEANS.get(met.name, "other details")
