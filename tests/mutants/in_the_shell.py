"""Bugs in what acts: fencing, restore, transactions, watermarks on their way."""

from tests.mutants.bug import Bug, Edit, bug

SHELL = "tests/agents/worker"

BUGS: list[Bug] = [
    # -- ownership -------------------------------------------------------------------------------------------------
    bug(
        "no_fencing",
        "each process has a transactional id of its own: a zombie goes on writing",
        "agents/worker/opening.py",
        'transactional_id = f"{self._settings.app}-',
        'transactional_id = f"{id(self)}-{self._settings.app}-',
    ),
    Bug(
        "restore_before_fencing",
        "the previous owner may still write what is not read any more",
        (
            Edit(
                "agents/worker/opening.py",
                "            async with asyncio.TaskGroup() as fencing:\n",
                "            for source in self._sources:\n"
                "                stage = self._role.make_stage(source.group, source.partition, self._layout)\n"
                "                self._changelogs.setdefault(self._changelog_of(source), []).append(stage)\n"
                "            read = {changelog: list(stages) for changelog, stages in self._changelogs.items()}\n"
                "            await restore(self._settings.kafka, read, self._role.name, self._restored)\n"
                "            async with asyncio.TaskGroup() as fencing:\n",
            ),
            Edit(
                "agents/worker/opening.py",
                "        stage = self._role.make_stage(source.group, source.partition, self._layout)\n"
                "        changelog = self._changelog_of(source)\n"
                "        self._changelogs.setdefault(changelog, []).append(stage)\n",
                "        changelog = self._changelog_of(source)\n"
                "        stage = self._changelogs[changelog].pop(0)\n"
                "        self._changelogs[changelog].append(stage)\n",
            ),
            Edit(
                "agents/worker/opening.py",
                "            await restore(self._settings.kafka, self._changelogs, self._role.name, self._restored, self._marked)\n"
                "            reach(",
                "            reach(",
            ),
        ),
        (f"{SHELL}/test_opening.py",),
    ),
    bug(
        "commit_left_behind",
        "a stop during a rebalance takes the producer from under a running commit",
        "agents/worker/partition.py",
        "        task = self._task\n",
        "        task, self._task = self._task, None\n",
        f"{SHELL}/test_partition.py",
    ),
    bug(
        "new_leader_believed",
        "a leader elected a moment ago takes its log to end before what its predecessor had acknowledged",
        "agents/seam/fetches.py",
        "            return False\n        return now_s - since_s >= LEADER_SETTLES_S\n",
        "        return True\n",
        f"{SHELL}/test_fetches.py",
    ),
    bug(
        "close_without_end",
        "a restore waits for ever for its client, which has lost its own cancellation",
        "agents/kafka.py",
        "        await asyncio.wait([stopping], timeout=CLOSE_S)\n    finally:",
        "        await asyncio.wait([stopping])\n    finally:",
        f"{SHELL}/test_kafka.py",
    ),
    bug(
        "closing_cancels_whoever_closes",
        "an opening ends as if somebody had asked for it, and a partition is never read again",
        "agents/kafka.py",
        "    if stopping.done() and not stopping.cancelled():\n",
        "    if stopping.done():\n",
        f"{SHELL}/test_kafka.py",
    ),
    bug(
        "cancelled_by_nobody",
        "a task that dies with what it waited for has ended in order",
        "agents/exits.py",
        "    return None if task.cancelling() else RuntimeError",
        "    return None if task.cancelled() else RuntimeError",
        f"{SHELL}/test_exits.py",
    ),
    bug(
        "lost_partition_kept",
        "who watches a partition keeps it in memory when it is somebody else's",
        "agents/worker/watchdog.py",
        "= WeakKeyDictionary()",
        "= {}",
        f"{SHELL}/test_watchdog.py",
    ),
    bug(
        "lost_while_opening",
        "a partition that was given to somebody else while it was restored runs here too",
        "agents/worker/opening.py",
        "        for source in self._sources - assigned:\n",
        "        for source in ():\n",
        f"{SHELL}/test_opening.py",
    ),
    bug(
        "fencing_goes_on",
        "what was lost in a rebalance is fenced after its next owner has begun",
        "agents/worker/opening.py",
        "        if not self._is_fenced:\n            await self.cancel()\n        return self._is_fenced\n",
        "        return True\n",
        f"{SHELL}/test_opening.py",
    ),
    bug(
        "ledger_not_fenced",
        "two dispatchers write one ledger",
        "agents/dispatch/clients.py",
        'transactional_id=f"{settings.app}-dispatcher-{settings.topic(Topic.TRIGGERS)}-{partition}"',
        'transactional_id=f"{settings.app}-dispatcher-{partition}-{id(settings)}-{id(object())}"',
    ),
    bug(
        "restore_reads_uncommitted",
        "state takes in what was aborted",
        "agents/state/restoring.py",
        'isolation_level="read_committed"',
        'isolation_level="read_uncommitted"',
    ),
    bug(
        "restore_ends_early",
        "the end is known, and not reached",
        "agents/state/restoring.py",
        "    return sum(max(0, ends[partition] - position) for",
        "    return min(max(0, ends[partition] - position) for",
    ),
    bug(
        "rest_does_not_wait",
        "a partition goes on while its last commit still runs",
        "agents/worker/partition.py",
        "await asyncio.shield(task)",
        "await asyncio.sleep(0)",
        f"{SHELL}/test_partition.py",
    ),
    bug(
        "leftovers_are_folded",
        "a delivery from before a rebalance is taken for one of this inlet",
        "agents/worker/partition.py",
        "if delivery.inlet is self.inlets.get(delivery.batch.topic):",
        "if self.inlets:",
        f"{SHELL}/test_partition.py",
    ),
    bug(
        "position_forgotten",
        "a new owner begins at the start of the log",
        "agents/worker/member.py",
        "return {tp: max(positions[tp], start) for",
        "return {tp: start for",
    ),
    bug(
        "crashes_pass_unnoticed",
        "a task dies, and its process lives on without it",
        "agents/exits.py",
        "        crash(error)\n",
        "        pass\n",
        f"{SHELL}/test_exits.py",
    ),
    bug(
        "inlet_read_too_late",
        "where an inlet begins is read when the task gets its turn",
        "agents/worker/partition.py",
        "        while self.inlets and not self.is_stalled:\n            if not",
        "        following = {topic: inlet.next for topic, inlet in self.inlets.items()}\n"
        "        while self.inlets and not self.is_stalled:\n            if not",
        f"{SHELL}/test_partition.py",
    ),
    # -- transactions ------------------------------------------------------------------------------------------------
    bug(
        "commit_before_write_acknowledged",
        "aiokafka commits although a batch was refused",
        "agents/worker/commit.py",
        "            await asyncio.gather(*sent)\n",
        "            asyncio.gather(*sent).add_done_callback(lambda written: written.exception())\n",
    ),
    bug(
        "ledger_commit_before_write_acknowledged",
        "the same for the ledger",
        "agents/dispatch/commits.py",
        "                await asyncio.gather(*sent)\n",
        "                asyncio.gather(*sent).add_done_callback(lambda written: written.exception())\n",
        "tests/agents/dispatch/test_commits.py",
    ),
    bug(
        "lost_answer_repeated",
        "whether a commit took place is guessed",
        "agents/seam/producer.py",
        "        if self._answer_lost.done():\n            commit.cancel()\n",
        "        if self._answer_lost.done():\n            self._answer_lost = asyncio.Future()\n"
        "            return await asyncio.shield(commit)\n            commit.cancel()\n",
    ),
    bug(
        "position_in_another_transaction",
        "a position is committed with the next batch: what it stands for is repeated after a crash",
        "agents/worker/commit.py",
        "        *state, (mark_key, mark) = effects.changelog\n",
        "        held = self.__dict__.setdefault('held', [])\n"
        "        now = held + [entry for entry in effects.changelog if entry[0][:1] != b'\\0']\n"
        "        held[:] = [entry for entry in effects.changelog if entry[0][:1] == b'\\0']\n"
        "        effects.changelog[:] = now or held\n"
        "        *state, (mark_key, mark) = effects.changelog\n",
    ),
    bug(
        "position_without_state",
        "the position is written, the records it stands for are not",
        "agents/worker/commit.py",
        "*state, (mark_key, mark) = effects.changelog\n",
        "state, (mark_key, mark) = [], effects.changelog[-1]\n",
    ),
    # -- watermarks --------------------------------------------------------------------------------------------------
    bug(
        "watermark_from_response_time",
        "what was appended while the answer was on its way is taken for seen",
        "agents/seam/fetches.py",
        "self._fetches.answered(node_id, response, sent_s)",
        "self._fetches.answered(node_id, response, time.monotonic())",
    ),
    bug(
        "watermark_from_delivery_time",
        "the time at which a batch is handed over proves nothing",
        "agents/seam/consumer.py",
        "asked_ms = None if poll.end_as_of_s is None else clock.at(poll.end_as_of_s)",
        "asked_ms = None if poll.end_as_of_s is None else clock.now_ms()",
    ),
    bug(
        "end_by_stable_offset",
        "records of an open transaction are older than the proof, and not seen",
        "agents/seam/fetches.py",
        "Proof(sent_s, high_watermark, stable)",
        "Proof(sent_s, stable, stable)",
    ),
    bug(
        "backlog_ignored",
        "a partition with backlog is taken to be at its end",
        "agents/seam/thread.py",
        "if self.proof is not None and self.position >= self.proof.end else None",
        "if self.proof is not None else None",
    ),
    bug(
        "workers_clock_used",
        "a machine's wall clock stands in for the brokers'",
        "agents/worker/broker_clock.py",
        "        self._ahead_ms, self._ahead_ms_max = least, self._ahead_ms_max if agrees else most\n",
        "        self._trusts_wall = True\n",
    ),
    bug(
        "clock_of_the_answer_taken_for_the_latest",
        "after a slow answer the brokers' clock is taken to be as early as it may be: what has expired is sent",
        "agents/worker/broker_clock.py",
        "most = least if sent_s is None else append_ms - sent_s * 1000",
        "most = least",
        f"{SHELL}/test_broker_clock.py",
    ),
    bug(
        "watermark_before_commit",
        "W is published before what it promises is committed",
        "agents/worker/partition.py",
        "        committed = await self._commits.commit(effects)\n",
        "        self.watermarks = watermarks\n        committed = await self._commits.commit(effects)\n",
        f"{SHELL}/test_partition.py",
    ),
    bug(
        "aborted_records_are_read",
        "what a producer took back is folded",
        "agents/worker/member.py",
        '"isolation_level": "read_committed"',
        '"isolation_level": "read_uncommitted"',
    ),
]
