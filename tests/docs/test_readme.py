"""The project's front door is true."""

import re
from pathlib import Path
from typing import get_args

import orjson
import pytest
import yaml

from agents.cli import app
from agents.published import Rules
from agents.rulebook_file import load_rulebook
from agents.settings.settings import Settings
from agents.worker.roles import ROLES, stream_roles
from schemas.events.plain_clicks import AnyClick
from schemas.reading.wire import read_click
from schemas.rules.kinds import Rule
from schemas.rules.text import rulebook_from_text
from streams.triggers.kinds import ROWS
from streams.triggers.rule_conditions import mistakes_in

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
HOUSE = README[README.index("## How it works") : README.index("## Proof")]


def test_the_example_click_is_a_click() -> None:
    """What the README shows producers is read from there, and accepted as it is."""
    (example,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    click = read_click(example.encode())
    assert isinstance(click, AnyClick)
    assert click.event_id == orjson.loads(example)["event_id"]


def test_the_example_rules_are_rules() -> None:
    """What the README shows marketers is valid as it is, conditions included."""
    examples = [one for one in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if not one.startswith("shop:")]
    assert len(examples) >= 2
    for example in examples:
        rules = example if "\nrules:\n" in example else f"rules:\n{example}"
        rulebook_from_text(f"name: shop\n{rules}", "README.md", mistakes_in)


def test_the_example_settings_are_settings() -> None:
    """The table of rates, as a settings file has it."""
    (example,) = [one for one in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if one.startswith("shop:")]
    assert len(Settings.model_validate(yaml.safe_load(example)).shop.rates) == 2


def test_every_kind_is_in_the_table() -> None:
    """A trigger that exists is documented."""
    assert all(f"| `{kind}` |" in README for kind in ROWS)


def test_the_front_page_counts_the_kinds() -> None:
    """So that it sells what there is."""
    counted = re.findall(r"(\d+) kinds", README[: README.index("## What goes in")])
    assert counted
    assert set(counted) == {str(len(ROWS))}


def test_rows_sections_and_the_shipped_lifecycle_name_the_same_kinds() -> None:
    """A kind is in the table of rows, in the union of the rulebook, and in the rulebooks that have all of them."""
    (union, _) = get_args(Rule)
    sections = {get_args(section.model_fields["kind"].annotation)[0]: section for section in get_args(union)}
    assert sections == {row.kind: row.section for row in ROWS.values()}
    for complete in ("lifecycle", "demo"):
        assert {rule.kind for rule in load_rulebook(Path(complete)).rules} == set(ROWS), complete


def test_every_command_is_in_the_table() -> None:
    """A command that exists is documented."""
    commands = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    groups = [group.name for group in app.registered_groups]
    assert all(f"| `{name}" in README for name in [*commands, *groups])


def test_the_table_of_roles_says_what_each_reads() -> None:
    """Which topics make up the input of a role; the dispatcher, which is no stage, has a row as well."""
    said = {role: re.findall("`(.*?)`", reads) for role, reads in re.findall(r"\n\| `(\w+)` \| (`.*?`) \|", HOUSE)}
    assert tuple(said) == ROLES
    rules = Rules(load_rulebook(Path("plain")))
    for role in stream_roles(ROLES, Settings(), rules):
        assert said[role.name] == [topic.value for topic in role.topics], role.name


def test_every_file_it_links_to_exists() -> None:
    """Links inside the repository lead somewhere."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README + (ROOT / "CONTRIBUTING.md").read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "deploy/RUNBOOK.md"])
def test_every_place_it_links_to_is_a_heading(page: str) -> None:
    """In the page itself, or in another one of ours."""
    text = (ROOT / page).read_text()
    for file, place in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", text):
        other = (ROOT / page).parent / file if file else ROOT / page
        assert place in headings(other), f"{page} leads to {file}#{place}"


def headings(page: Path) -> set[str]:
    """How places of the page are linked to: in small letters, blanks as hyphens, and nothing else that is no word."""
    found = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}
