"""`afterclick replay` as its users meet it: the summary, and what it refuses."""

import errno
import gzip
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from agents.cli import app
from agents.commands.refusing import WRONG
from agents.replay.view import MEANS
from schemas.outcomes.dead_letters import Oddity
from schemas.rules.words import moment_text
from schemas.topics import Topic
from tests.agents.replay.recorded import BEGUN, DAY, Json, click, opted_out, order, written

CLICKS: list[Json | bytes] = [click(1, BEGUN), click(2, BEGUN, unheard_of=1), b"", b"{", click(3, BEGUN // 1000), b"{"]
ORDERS: list[Json | bytes] = [order(1, BEGUN), b"[]"]
RULE: Json = {"id": "quote", "kind": "sequence", "wait": "2h"}


def replay(*arguments: object) -> Result:
    """The command's end, with a rulebook."""
    return CliRunner().invoke(app, ["replay", "--rules", "plain", *map(str, arguments)])


@pytest.fixture
def recorded(tmp_path: Path) -> list[object]:
    """A recording of all three kinds, as arguments."""
    clicks = written(tmp_path, Topic.CLICKSTREAM, CLICKS)
    orders = written(tmp_path, Topic.ORDERS, ORDERS)
    engagements = written(tmp_path, Topic.ENGAGEMENTS, [opted_out(1, BEGUN)])
    return ["--clicks", clicks, "--orders", orders, "--engagements", engagements, "--out", tmp_path / "out"]


def test_a_machine_reads_how_many_ended_how(tmp_path: Path, recorded: list[object]) -> None:
    """Each outcome of each input, zeros too; what was quarantined or odd with its first line."""
    result = replay(*recorded, "--json", "--dead-letters", tmp_path / "dead")
    said = orjson.loads(result.stdout)

    assert (result.exit_code, said["read"], said["fired"]) == (0, 8, 0)
    assert {name: by for name, by in said.items() if name.startswith(("clickstream.", "orders.", "engag")) and by} == {
        "clickstream.applied": 2, "clickstream.quarantined": 3,
        "orders.applied": 1, "orders.quarantined": 1, "engagements.applied": 1,
    }  # fmt: skip
    assert said["clickstream.late"] == said["engagements.quarantined"] == 0
    assert [(one["topic"], one["name"], one["count"], one["first"]) for one in said["quarantined"]] == [
        ("clickstream", "malformed", 2, f"{tmp_path}/clickstream.jsonl:4"),
        ("clickstream", "time", 1, f"{tmp_path}/clickstream.jsonl:5"),
        ("orders", "not_object", 1, f"{tmp_path}/orders.jsonl:2"),
    ]
    assert "seconds" in said["quarantined"][1]["detail"]
    assert said["oddities"] == [
        {"topic": "clickstream", "name": "unknown_field", "count": 1, "first": f"{tmp_path}/clickstream.jsonl:2",
         "detail": "'unheard_of': applied without this field, which this version does not know"}
    ]  # fmt: skip
    assert len((tmp_path / "dead").read_bytes().splitlines()) == 4


def test_people_read_it_in_tables(recorded: list[object]) -> None:
    """On the error stream, so that the standard output stays a machine's; no bar where there is no terminal."""
    result = replay(*recorded)
    assert (result.exit_code, result.stdout) == (0, "")
    rows = [re.split(r"\s{2,}", line.strip()) for line in result.stderr.splitlines()]
    assert ["input", "read", "applied", "duplicate", "late", "ignored", "quarantined"] in rows
    assert [row[1:] for row in rows if row[0].endswith("clickstream.jsonl")] == [["5", "2", "0", "0", "0", "3"]]
    (malformed,) = [row for row in rows if "malformed" in row]
    assert malformed[2] == "2"
    assert malformed[3].endswith("clickstream.jsonl:4")
    assert malformed[4].startswith("the line is a part of a record")
    assert "replaying" not in result.stderr


def test_times_are_judged_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    """The command's today is today."""
    now = time.time_ns() // 1_000_000
    clicks = written(tmp_path, Topic.CLICKSTREAM, [click(1, now), click(2, now + 2 * DAY)])
    said = orjson.loads(replay("--clicks", clicks, "--out", tmp_path / "out", "--json").stdout)
    assert (said["clickstream.applied"], said["clickstream.quarantined"]) == (1, 1)


def test_every_oddity_is_explained() -> None:
    """A word in the table that nobody explains helps nobody."""
    assert [oddity.value for oddity in Oddity if oddity.value not in MEANS] == []


def test_a_catalogue_may_say_more_than_is_known(tmp_path: Path) -> None:
    """Feeds of products have many names of their own."""
    products = written(tmp_path, Topic.CATALOG, [{"product_id": "p1", "visitor_id": "blue", "stok": 3}])
    said = orjson.loads(replay("--catalog", products, "--out", tmp_path / "out", "--json").stdout)
    assert said["catalog.applied"] == 1
    assert sorted(one["detail"].partition(";")[2] for one in said["oddities"]) == ["", " did you mean 'stock'?"]


# -- what it refuses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--clicks", "--orders", "--engagements", "--catalog"])
def test_a_file_that_is_not_there_is_named_with_its_option(tmp_path: Path, option: str) -> None:
    """Each input."""
    result = replay(option, tmp_path / "nowhere", "--out", tmp_path / "out")
    assert result.exit_code == WRONG
    assert f"{option}: there is no file" in result.output


def test_nothing_to_replay_is_refused(tmp_path: Path) -> None:
    """By the names of the options that are missing."""
    result = replay("--out", tmp_path / "out")
    assert result.exit_code == WRONG
    assert "--engagements" in result.output


@pytest.mark.parametrize(
    "cut",
    [b"\x1f\x8b", gzip.compress(b"x" * 99)[:-9], gzip.compress(b"x" * 99)[:9] + b"\xff" * 99],
    ids=["head", "tail_gone", "no_data"],
)
def test_a_broken_file_is_named_in_a_sentence(tmp_path: Path, cut: bytes) -> None:
    """Cut off, or not what it begins as: no stack."""
    file = tmp_path / "clicks.gz"
    file.write_bytes(cut)
    result = replay("--clicks", file, "--out", tmp_path / "out")
    assert result.exit_code == WRONG
    assert result.output.startswith(f"--clicks: {file} is compressed, and broken: ")
    assert isinstance(result.exception, SystemExit)


def test_a_missing_file_leaves_what_was_written_before(tmp_path: Path) -> None:
    """The triggers of the last replay are not emptied for a typo."""
    out = tmp_path / "out"
    out.write_text("kept")
    result = replay("--clicks", tmp_path / "clocks.jsonl", "--out", out)
    assert result.exit_code == WRONG
    assert "clocks.jsonl" in result.output
    assert out.read_text() == "kept"


def test_a_recording_is_not_written_over(tmp_path: Path) -> None:
    """Under whatever name; two outputs in one file are refused, too, two devices are not."""
    clicks = written(tmp_path, Topic.CLICKSTREAM, CLICKS)
    before, link = clicks.read_bytes(), tmp_path / "link"
    link.symlink_to(clicks)
    for arguments in (("--out", clicks), ("--out", link), ("--out", tmp_path / "new", "--decisions", tmp_path / "new")):
        result = replay("--clicks", clicks, *arguments)
        assert result.exit_code == WRONG
        assert "is named twice" in result.output
    assert clicks.read_bytes() == before
    assert replay("--clicks", clicks, "--out", os.devnull, "--decisions", os.devnull).exit_code == 0


def test_a_history_of_rulebooks_is_replayed(tmp_path: Path) -> None:
    """Each in force from its time on: who waits then is spoken to by the rule of before. As live, what the allowed
    lateness lets wait at that time counts by the new one; here that is nothing."""
    cart = "name: x\nrules: [{id: cart, kind: cart_abandonment, wait: 60m, expires_after: never, destination: WHERE}]\n"
    files = {where: tmp_path / f"{where}.yaml" for where in ("one", "two", "three")}
    for where, file in files.items():
        file.write_text(cart.replace("WHERE", where))
    at = [BEGUN + hours * 3_600_000 for hours in range(4)]
    clicks = written(tmp_path, Topic.CLICKSTREAM, [click(n, now, visitor_id=f"v{n}") for n, now in enumerate(at)])
    since = [moment_text(at[place] + shift) for place, shift in ((1, 1), (2, 0))]
    out = tmp_path / "out"
    history = [
        "--rules",
        files["one"],
        "--rules",
        f"{files['three']}@{since[1]}",
        "--rules",
        f"{files['two']}@{since[0]}",
    ]
    arguments = ["replay", *history, "--clicks", clicks, "--out", out, "--lateness", "off", "--drain"]
    assert CliRunner().invoke(app, [*map(str, arguments)]).exit_code == 0
    fired = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [one["destination"] for one in fired] == ["one", "one", "three", "three"]


@pytest.mark.parametrize("named", [["plain", "preset"], ["plain@2026-11-01"], ["plain", "preset@soon"]])
def test_a_history_has_a_beginning_and_times(named: list[str], recorded: list[object]) -> None:
    """A sentence says how it is written."""
    rules = [part for one in named for part in ("--rules", one)]
    result = CliRunner().invoke(app, ["replay", *rules, *map(str, recorded)])
    assert result.exit_code == WRONG
    assert "--rules" in result.stderr


FILES: list[tuple[list[str], str]] = [
    (["--clicks", "{t}/none.jsonl", "--out", "{t}/o"], "--clicks: there is no file {t}/none.jsonl"),
    (["--orders", "{t}", "--out", "{t}/o"], "--orders: {t} is a directory, and has to be a file"),
    (["--clicks", "{t}/c", "--out", "{t}/none/o"], "--out: there is no directory {t}/none"),
    (["--clicks", "{t}/c", "--out", "{t}"], "--out: {t} is a directory, and has to be a file"),
    (["--clicks", "{t}/c", "--out", "{t}/o", "--decisions", "{t}/c/d"], "--decisions: {t}/c is no directory"),
    (
        ["--clicks", "{t}/c", "--out", "{t}/o", "--dead-letters", "{t}/n/d"],
        "--dead-letters: there is no directory {t}/n",
    ),
    (["--clicks", "{t}/shut", "--out", "{t}/o"], "--clicks: {t}/shut may not be read: permission denied"),
    (["--clicks", "{t}/c", "--out", "{t}/shut"], "--out: {t}/shut may not be written: permission denied"),
    (["--engagements", "{t}/cut.gz", "--out", "{t}/o"], "--engagements: {t}/cut.gz is compressed, and broken: "),
]


@pytest.mark.parametrize(("arguments", "sentence"), FILES)
def test_a_file_that_cannot_be_used_is_named_with_its_option(
    tmp_path: Path, arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, no number of an error."""
    (tmp_path / "c").write_bytes(b"")
    (tmp_path / "shut").write_bytes(b"")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"x" * 99)[:-9])
    opened: Callable[..., IO[Any]] = Path.open

    def guarded(path: Path, mode: str = "r", **more: Any) -> IO[Any]:
        if path.name == "shut":  # who runs tests may be root, before whom nothing is shut
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, mode, **more)

    monkeypatch.setattr(Path, "open", guarded)
    result = replay(*(argument.format(t=tmp_path) for argument in arguments))
    assert result.exit_code == WRONG
    assert result.output.startswith(sentence.format(t=tmp_path))
    assert (result.output.count("\n"), "Errno" in result.output) == (1, False)


def test_a_rulebook_that_is_not_there_is_named_with_its_option(tmp_path: Path) -> None:
    """And with those that are shipped."""
    arguments = ["replay", "--rules", str(tmp_path / "none.yaml"), "--clicks", "c", "--out", "o"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == WRONG
    shipped = "demo, lifecycle, plain, preset"
    assert result.output == (
        f"--rules: there is no file {tmp_path}/none.yaml; name a rulebook file, or one of: {shipped}\n"
    )


@pytest.mark.parametrize("lateness", ["5s", "2h"])
def test_a_file_out_of_order_is_said_to_be(tmp_path: Path, lateness: str) -> None:
    """Where it goes back first, what is made of it, and what helps."""
    said = [click(1, BEGUN + DAY), click(2, BEGUN + DAY - 90 * 60_000), click(3, BEGUN + DAY)]
    clicks = written(tmp_path, Topic.CLICKSTREAM, said)
    result = replay("--clicks", clicks, "--out", tmp_path / "out", "--lateness", lateness)
    told = " ".join(result.stderr.split())
    assert f"{clicks}:2 is the first line that goes back in time, by 90m; the farthest goes back by 90m" in told
    late = "what is more than --lateness 5s behind is judged late" in told
    assert late is (lateness == "5s")
    assert ("give --lateness 90m" in told) is (lateness == "5s")
    found = orjson.loads(replay("--clicks", clicks, "--out", tmp_path / "out", "--json").stdout)["backwards"]
    assert found == [{"topic": "clickstream", "first": f"{clicks}:2", "back_ms": 5_400_000, "farthest_ms": 5_400_000}]


def test_triggers_are_shown_by_kind(tmp_path: Path) -> None:
    """On the terminal and for machines."""
    clicks = written(tmp_path, Topic.CLICKSTREAM, [click(1, BEGUN), click(2, BEGUN + DAY)])
    arguments = ("--clicks", clicks, "--out", tmp_path / "out", "--drain")
    rows = [line.split() for line in replay(*arguments).stderr.splitlines()]
    assert ["cart_abandonment", "2"] in rows
    assert orjson.loads(replay(*arguments, "--json").stdout)["triggers"]["cart_abandonment"] == 2


def test_nobody_sends_receipts_in_a_replay(tmp_path: Path) -> None:
    """A cart is reminded of, bought a day later, and another one is left: the rule has spoken within its week."""
    clicks = written(tmp_path, Topic.CLICKSTREAM, [click(1, BEGUN), click(2, BEGUN + 2 * DAY)])
    orders = written(tmp_path, Topic.ORDERS, [order(1, BEGUN + DAY)])
    given = ["--clicks", clicks, "--orders", orders, "--out", tmp_path / "out", "--drain"]
    assert CliRunner().invoke(app, ["replay", "--rules", "preset", *map(str, given)]).exit_code == 0
    fired = [orjson.loads(line)["rule_id"] for line in (tmp_path / "out").read_bytes().splitlines()]
    assert fired.count("cart_abandonment") == 1


@pytest.mark.parametrize(("total", "failed"), [("250.00", 1), (250, 0)])
def test_conditions_that_could_not_be_judged_are_told_of(tmp_path: Path, total: object, failed: int) -> None:
    """A number in a text: the rule never speaks, and nobody would know why."""
    said = {"event": "custom:quote", "where": "event.properties.total > 100"}
    (rules := tmp_path / "rules.yaml").write_bytes(orjson.dumps({"name": "quotes", "rules": [RULE | {"after": said}]}))
    quote = click(1, BEGUN, type="custom", name="quote", properties={"total": total})
    clicks = written(tmp_path, Topic.CLICKSTREAM, [quote])
    arguments = ["replay", "--rules", str(rules), "--clicks", str(clicks), "--out", str(tmp_path / "out"), "--drain"]

    assert ("A `where`" in CliRunner().invoke(app, arguments).stderr) == (failed == 1)
    told = orjson.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert (told["conditions_failed"], told["fired"]) == ({"where": failed, "if": 0}, 1 - failed)
