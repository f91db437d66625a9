"""Bugs in what stops at too many dead letters, instead of draining a topic into them."""

from tests.mutants.bug import Bug, bug

SHELL = "tests/agents/worker"
SHARE_CEILINGS = "tests/agents/dispatch/test_share_ceilings.py"

BUGS: list[Bug] = [
    bug(
        "topic_drained_into_the_bin",
        "nobody looks how many of the last records were put aside",
        "agents/worker/partition.py",
        "        too_much = records > 0 and self.ceiling.add(records, dead)\n",
        "        too_much = self.ceiling.add(records, dead) and False\n",
        f"{SHELL}/test_partition.py",
    ),
    bug(
        "stalled_and_committed_all_the_same",
        "the batch that was too much is put aside before the partition stalls",
        "agents/worker/partition.py",
        "            self._stall()\n            return\n",
        "            self._stall()\n",
        f"{SHELL}/test_partition.py",
    ),
    bug(
        "restart_forgets_the_ceiling",
        "each restart puts as many records aside again before it stalls",
        "agents/worker/opening.py",
        "                ceiling.restore(value)\n",
        "                pass\n",
        f"{SHELL}/test_opening.py",
    ),
    bug(
        "stalled_is_restarted",
        "the watchdog ends a worker whose partition stalls by intent, again and again",
        "agents/worker/watchdog.py",
        "if not inlets or partition.is_stalled:",
        "if not inlets:",
        f"{SHELL}/test_watchdog.py",
    ),
    bug(
        "good_months_hide_a_bad_day",
        "the share is taken of all records ever, not of the last ones",
        "streams/ceiling.py",
        "        while self.records - self._parts[0][0] >= self._records_min:\n",
        "        while False:\n",
        "tests/streams/test_ceiling.py",
    ),
    bug(
        "triggers_drained_into_the_bin",
        "nobody looks how many of the last triggers could be used",
        "agents/dispatch/share.py",
        "        if read and self.ledger.ceilings[TRIGGERS].add(len(read), dead):\n",
        "        if read and self.ledger.ceilings[TRIGGERS].add(len(read), 0):\n",
        SHARE_CEILINGS,
    ),
    bug(
        "stalled_share_is_fresh",
        "behind what is not read may lie a cancellation: calls go on all the same",
        "agents/dispatch/share.py",
        "        return self.is_open and not self.is_stalled\n",
        "        return self.is_open\n",
        SHARE_CEILINGS,
    ),
    bug(
        "deaths_forgotten_at_a_restart",
        "each restart gives as many deliveries up again before the destination rests",
        "agents/dispatch/ledger.py",
        'ceiling.restore(counted.get(CEILING_HEADER + name, b"[]"))',
        "ceiling.clear()",
        SHARE_CEILINGS,
    ),
]
