"""`afterclick segments fit`: what a shop's customers are like, and which segments would suit them."""

import asyncio
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from agents.commands.refusing import ABSENT, refuse, settings_or_refuse, state_errors
from agents.file_errors import BrokenFile, why_not_read
from agents.terminal import progress_bar, terminal
from schemas.base import instant_from_text, rfc3339_from_ms
from schemas.rules.words import DAY_MS
from streams.person.alive import Bgnbd
from streams.person.rhythm import day_of

if TYPE_CHECKING:
    from agents.segments.customers import Shop
    from agents.segments.recording import Recording

segments = typer.Typer(no_args_is_help=True, help="Segments, stages and tiers of customers.")

NO_SCIPY = (
    "segments fit needs scipy, which is not installed. It comes with Afterclick's extra `segments`:"
    " pip install 'afterclick[segments]' (from a checkout: pip install '.[segments]')"
)


@segments.callback()
def all_segments() -> None:
    """Segments, stages and tiers of customers."""


@segments.command("fit")
def fit(
    orders: Annotated[Path, typer.Option(help="recorded orders, JSON Lines, plain or gzipped, - for standard input")],
    until: Annotated[
        str | None, typer.Option(help="the last day that counts, UTC, or a time; the last order's day if not given")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object; alpha in weeks, money as decimals")] = False,
) -> None:
    """Propose thresholds for segments, stages and tiers from recorded orders, and estimate the parameters of P(alive).

    Tables go to standard error, the part of a rulebook to standard output.
    """
    if not _has_scipy():
        refuse(NO_SCIPY)
    from agents.segments import recording, view
    from agents.segments.customers import shop_of
    from agents.segments.proposing import propose
    from agents.segments.quintiles import spreads_of

    last = None if until is None else _instant(until)
    try:
        with progress_bar("reading orders") as told:
            read = recording.read_recording(orders, last, time.time_ns() // 1_000_000, told)
    except BrokenFile as broken:
        refuse(f"--orders: {broken}")
    except OSError as error:
        refuse(f"--orders: {why_not_read(orders, error)}")
    if not read.purchases:
        refuse(_nothing(orders, read), ABSENT)
    now = last if last is not None else _end_of(day_of(max(one.at for one in read.purchases)))
    with progress_bar("looking at the customers"):
        shop = shop_of(read.purchases, now)
        parameters, why = _parameters(shop)
        spreads = spreads_of(shop.customers)
        proposal = propose(shop.customers, spreads, parameters, shop.currency)
    found = view.Found(_written(now), read, shop, parameters, why, spreads, proposal)
    if as_json:
        typer.echo(orjson.dumps(view.as_json(found)).decode())
    else:
        view.show(found, terminal(stderr=True))
        typer.echo(view.rulebook_part(found))


@segments.command("export")
def export(
    segment: Annotated[
        list[str] | None, typer.Option(help="a segment; those of excluded_segments if none is named")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line, with segments and time")] = False,
) -> None:
    """List the customers who are in a segment, as committed: by default those who hear no marketing, as a suppression
    list. An id a line. Reads the whole state."""
    from agents.state import reading

    settings = settings_or_refuse()
    with state_errors("segments export"), progress_bar("reading the state") as told:
        members = asyncio.run(reading.members(settings, segment or (), told))
    for one in members.found:
        typer.echo(orjson.dumps(one._asdict()).decode() if as_json else one.customer)
    typer.echo(f"{len(members.found)} customers", err=True)
    if members.unlooked:
        sentence = f"{members.unlooked} customers have not been looked at by today's rulebook: each is within a day"
        typer.echo(sentence, err=True)


def _has_scipy() -> bool:
    try:
        import scipy  # noqa: F401
    except ImportError:
        return False
    return True


def _parameters(shop: "Shop") -> tuple[Bgnbd | None, str]:
    """The four parameters; or none, and why."""
    from agents.segments.fitting import NoFit
    from agents.segments.fitting import fit as fitted

    try:
        return fitted(one.rhythm for one in shop.customers), ""
    except NoFit as none:
        return None, str(none)


def _instant(until: str) -> int:
    """The last instant that counts, ms: of a day its last one."""
    try:
        return _end_of((date.fromisoformat(until) - date(1970, 1, 1)).days)
    except ValueError:
        pass
    try:
        return instant_from_text(until)
    except ValueError as error:
        refuse(f"--until: {until!r} is neither a day, such as 2026-01-31, nor a time with its zone: {error}")


def _end_of(day: int) -> int:
    return (day + 1) * DAY_MS - 1


def _written(now: int) -> str:
    """The day, if it counts to its end; else the instant."""
    text = rfc3339_from_ms(now)
    return text.partition("T")[0] if now == _end_of(day_of(now)) else text


def _nothing(orders: Path, read: "Recording") -> str:
    counted = {"refused": read.refused.total(), "skipped": read.skipped.total(), "left out": read.left_out.total()}
    most = [*read.refused.most_common(1), *read.skipped.most_common(1), *read.left_out.most_common(1)]
    told = ", ".join(f"{by:,} {what}" for what, by in counted.items() if by) or "it has no records"
    reasons = f" (mostly {' and '.join(str(reason) for reason, _ in most)})" if most else ""
    return f"segments fit: no order of {orders} counts: {told}{reasons}"
