"""`afterclick run`: the main job."""

from typing import Annotated

import typer

from agents.commands.refusing import RulesOption, refuse, settings_or_refuse, written_or_refuse
from agents.exits import Exit, Misconfigured
from agents.published import Rules
from agents.rulebook_file import misfits
from agents.web.metrics import Metrics
from agents.worker.roles import CUSTOMERS, DISPATCHER, ROLES, DispatcherService, stream_roles


def run(
    role: Annotated[list[str] | None, typer.Option(help=f"one of {', '.join(ROLES)}; repeatable; all if none")] = None,
    rules: RulesOption = None,
) -> None:
    """Run the main job: all roles in this process, or those named. A rulebook that is named is published, unless it was
    before; without one the last published is in force, and the preset where there is none."""
    names = role or list(ROLES)
    unknown = [name for name in names if name not in ROLES]
    if unknown:
        refuse(f"there is no role {unknown[0]!r}; the roles are {', '.join(ROLES)}")
    settings = settings_or_refuse(Exit.MISCONFIGURED)
    named = rules or settings.rulebook
    written = written_or_refuse(named, Exit.MISCONFIGURED)
    # A dispatcher alone reads no rulebook, so the one that stands in where none is named says nothing of its triggers.
    if (CUSTOMERS in names or named is not None) and (unknown := misfits(written.rulebook, settings)):
        refuse("\n".join(unknown), Exit.MISCONFIGURED)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"setting data_dir: {settings.data_dir} cannot be made: {error.strerror}", Exit.MISCONFIGURED)
    metrics = Metrics()
    dispatches = DISPATCHER in names and settings.dispatch.mode == "on"
    if dispatches and not settings.dispatch.destinations:
        if role:
            sentence = "setting dispatch.destinations: none is configured, so there is nothing to dispatch to"
            refuse(sentence, Exit.MISCONFIGURED)
        dispatches = False  # the shop's ESP reads the trigger topic itself
    services = [DispatcherService(settings, metrics)] if dispatches else []

    from agents.following import Following
    from agents.worker.worker import run as run_worker  # Faust takes its time to load: only those who need it wait

    published = Rules(default=written.rulebook)
    try:
        roles = stream_roles(names, settings, published)
    except Misconfigured as wrong:
        refuse(str(wrong), Exit.MISCONFIGURED)
    following = Following(settings, metrics, published, written if named is not None else None) if roles else None
    run_worker(settings, roles, metrics, services, following)
