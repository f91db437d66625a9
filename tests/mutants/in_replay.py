"""Bugs in `replay` and in the commands: what a trial on a shop's own files would be misled by."""

from tests.mutants.bug import Bug, bug

LINES = "agents/replay/lines.py"
READ = "tests/agents/replay/test_lines.py"
TALLY = "tests/agents/replay/test_tally.py"
FILES = "tests/agents/replay/test_files.py"
COMMAND = "tests/agents/commands/test_replay.py"
SETTINGS = "tests/bad_input/test_settings.py"

BUGS: list[Bug] = [
    bug(
        "future_moves_a_recordings_clock",
        "one device without a clock makes all that follows late",
        LINES,
        "at = today_ms if at <= today_ms + FUTURE_MS_MAX else None",
        "at = max(at, today_ms)",
        READ,
        FILES,
    ),
    bug(
        "tomorrow_is_a_recordings_clock",
        "a record of tomorrow lets in one of the day after",
        LINES,
        "at = today_ms if at <= today_ms + FUTURE_MS_MAX else None",
        "at = at if at <= today_ms + FUTURE_MS_MAX else None",
        FILES,
    ),
    bug(
        "seconds_move_a_recordings_clock",
        "a file whose first order is in seconds begins in 1970",
        "schemas/base.py",
        " or are_seconds(said):",
        ":",
        READ,
    ),
    bug(
        "byte_order_mark_hides_the_first_line",
        "the first record of a file from a spreadsheet is said to be keyed wrongly",
        "schemas/written.py",
        "        pass  # perhaps good, and only not the usual\n",
        "        return Written(None, None, None)\n",
        READ,
    ),
    bug(
        "rest_of_a_long_line_is_a_line",
        "one huge line is many bad ones, and the numbers of those behind it are wrong",
        LINES,
        '            while len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\\n"):\n                rest = read()\n',
        "",
        READ,
    ),
    bug(
        "orders_before_clicks",
        "an order of the same instant comes before the click that it follows",
        LINES,
        "yield clock, place, line",
        "yield clock, -place, line",
        READ,
    ),
    bug(
        "last_line_for_the_first",
        "who looks at the line named finds one of thousands, and not where it began",
        "agents/replay/tally.py",
        'if name[0] == "oddities" and name not in self._first:',
        'if name[0] == "oddities":',
        FILES,
    ),
    bug(
        "oddity_of_another_input",
        "the line named is one of the other file",
        "agents/replay/tally.py",
        "if counts is self._looked and len(counts) == self._names:",
        "if len(counts) == self._names:",
        TALLY,
    ),
    bug(
        "dead_letter_without_its_line",
        "blank lines make its offset another line's",
        "agents/replay/files.py",
        "line.value, at, line.number)",
        "line.value, at)",
        FILES,
    ),
    bug(
        "later_purchase_known_before",
        "a recording with a pause tells fewer reminders than the shop would have sent",
        "streams/replay.py",
        "            self._change_rules(at)\n            self._pass_silence(at)\n",
        "            self._change_rules(at)\n",
        FILES,
    ),
    bug(
        "silence_of_a_recording_is_an_outage",
        "after a quiet week in a recording everything is too late",
        "streams/replay.py",
        "            self.now = min(until, max(self.now, due + self._lateness + STEP_MS))\n",
        "            self.now = until\n",
        "tests/stories/test_policy.py",
    ),
    bug(
        "engagements_not_replayed",
        "who has opted out is reminded in the trial",
        "agents/replay/files.py",
        "INPUTS = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS)",
        "INPUTS = (Topic.CLICKSTREAM, Topic.ORDERS)",
        FILES,
        COMMAND,
    ),
    bug(
        "recording_written_over",
        "a slip in the options costs the recording",
        "agents/commands/replay.py",
        "    _refuse_one_file_twice(inputs, outputs)\n",
        "",
        COMMAND,
    ),
    bug(
        "destination_not_asked_for",
        "all triggers of a rule with a slip in its destination are dead letters",
        "agents/commands/run.py",
        "if (CUSTOMERS in names or named is not None) and (unknown",
        "if not names and (unknown",
        SETTINGS,
    ),
    bug(
        "dispatcher_asks_the_preset",
        "a dispatcher without a destination called default does not start",
        "agents/commands/run.py",
        "if (CUSTOMERS in names or named is not None) and (unknown",
        "if (unknown",
        SETTINGS,
    ),
    bug(
        "destination_asked_for_where_nothing_is_dispatched",
        "a shop whose ESP reads the topic itself cannot name its own destinations",
        "agents/rulebook_file.py",
        'if settings.dispatch.mode == "off" or not known:',
        "if not known:",
        SETTINGS,
    ),
]
