"""The command line: `afterclick run`, `demo`, `replay`, `topics`, `rules`, `state`, `segments`, `schemas`.

Exit codes: 0 done; 1 the demo's summary does not add up, or something is not to be had; 2 the command, the settings or
the rulebook is wrong; those of a worker are in `agents.exits`, where 78 also stands for its settings and rulebook.
"""

import typer

from agents.commands.demo import demo
from agents.commands.replay import replay
from agents.commands.rules import rules
from agents.commands.run import run
from agents.commands.schemas import schemas
from agents.commands.segments import segments
from agents.commands.state import state
from agents.commands.topics import topics

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (run, demo, replay):
    app.command()(command)
GROUPS = {"topics": topics, "rules": rules, "state": state, "segments": segments, "schemas": schemas}
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def main() -> None:
    """The `afterclick` command."""
    app()


if __name__ == "__main__":
    main()
