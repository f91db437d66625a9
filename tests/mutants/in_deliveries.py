"""Bugs in what delivers: the last look, the ledger, calls and their outcomes."""

from tests.mutants.bug import Bug, bug

SHARE = "tests/agents/dispatch/test_share.py"
LEDGER = "tests/agents/dispatch/test_ledger.py"
LOOKS = "tests/agents/dispatch/test_looks.py"
DELIVERY = "tests/streams/test_delivery.py"
COURIER = "tests/agents/dispatch/test_courier.py"

BUGS: list[Bug] = [
    # -- deliveries --------------------------------------------------------------------------------------------------
    bug(
        "last_look_skipped",
        "a call is made by what was known some time ago",
        "agents/dispatch/share.py",
        "return self.is_open and not unwanted and self._looks.is_fresh(self.partition)",
        "return self.is_open and not unwanted",
        SHARE,
    ),
    bug(
        "cancelled_is_called_all_the_same",
        "nobody looks whether it was taken back meanwhile",
        "agents/dispatch/share.py",
        "unwanted = line.cancelled or machine.expired(line, self._clock())",
        "unwanted = machine.expired(line, self._clock())",
        SHARE,
    ),
    bug(
        "look_from_response_time",
        "a cancellation that was committed while the answer was on its way is overlooked",
        "agents/dispatch/looks.py",
        "        sent_ms = self._looks.now_ms()\n        response = await self._client.send(node_id, request, **options)\n",
        "        response = await self._client.send(node_id, request, **options)\n        sent_ms = self._looks.now_ms()\n",
        LOOKS,
    ),
    bug(
        "look_without_position",
        "a fetch proves something only once all it showed is folded",
        "agents/dispatch/looks.py",
        "if position is not None and position >= look.stable:",
        "if position is not None:",
        LOOKS,
    ),
    bug(
        "ledger_after_call",
        "a call's line is committed when the call is over",
        "agents/dispatch/share.py",
        "            await self.commits.committed()\n            committed_s = now_s()\n",
        "            committed_s = now_s()\n",
        SHARE,
    ),
    bug(
        "commit_age_ignored",
        "who was stopped between commit and call does not see that another owns the partition",
        "agents/dispatch/share.py",
        "            sent = self._is_cleared(line.trigger_id) and now_s() - committed_s <= self._commit_age_max_s\n",
        "            sent = self._is_cleared(line.trigger_id)\n",
        SHARE,
    ),
    bug(
        "in_flight_taken_for_unsent",
        "a call that may have arrived is repeated where that is not wanted",
        "streams/delivery.py",
        "return on_outcome(line, Outcome(Result.AMBIGUOUS), policy, now_ms)",
        "return on_outcome(line, Outcome(Result.UNSENT), policy, now_ms)",
        DELIVERY,
    ),
    bug(
        "server_error_taken_for_unsent",
        "a 500 may come after the message has gone out",
        "streams/delivery.py",
        "    elif status >= 500 and status != 501:\n        result = Result.AMBIGUOUS\n",
        "    elif status >= 500 and status != 501:\n        result = Result.REFUSED\n",
        DELIVERY,
    ),
    bug(
        "time_out_taken_for_unsent",
        "the request has left, there is no answer: that is not unsent",
        "agents/dispatch/courier.py",
        "return Outcome(Result.AMBIGUOUS if sent else Result.UNSENT)",
        "return Outcome(Result.UNSENT)",
        COURIER,
    ),
    bug(
        "another_id_at_each_attempt",
        "the receiver cannot tell that it is the same message",
        "agents/dispatch/share.py",
        "outcome = await queue.courier.call(line.trigger_id, line.body, cleared)",
        'outcome = await queue.courier.call(f"{line.trigger_id}-{line.calls}", line.body, cleared)',
        SHARE,
    ),
    bug(
        "another_body_at_each_attempt",
        "one key, and two messages",
        "agents/dispatch/share.py",
        "outcome = await queue.courier.call(line.trigger_id, line.body, cleared)",
        'outcome = await queue.courier.call(line.trigger_id, line.body + " " * line.calls, cleared)',
        SHARE,
    ),
    bug(
        "expired_is_sent",
        "late is worse than never",
        "streams/delivery.py",
        "return line.expires_at is not None and line.expires_at <= now_ms",
        "return False",
        DELIVERY,
    ),
    bug(
        "cancelled_is_retried",
        "a call failed, its trigger was taken back, and it is called again",
        "streams/delivery.py",
        "    if line.cancelled:\n        return _moved(line, DeliveryState.CANCELLED, now_ms, status=status, detail=outcome.result.value)\n",
        "",
        DELIVERY,
    ),
    bug(
        "cancellation_of_what_waits_ignored",
        "only running calls are told",
        "streams/delivery.py",
        "    return _moved(line, DeliveryState.CANCELLED, now_ms, cancelled=True)\n\n\ndef on_started",
        "    return line\n\n\ndef on_started",
        DELIVERY,
    ),
    bug(
        "retries_not_queued",
        "what failed once waits for ever",
        "agents/dispatch/share.py",
        "if line.state in (DeliveryState.PENDING, DeliveryState.RETRY) and self.is_open:",
        "if line.state is DeliveryState.PENDING and self.is_open:",
        SHARE,
    ),
    bug(
        "ledger_not_taken_up",
        "what waited when its owner died waits for ever",
        "agents/dispatch/shares.py",
        "        share.resume()\n",
        "",
    ),
    bug(
        "no_receipt",
        "the profile never learns how its trigger fared",
        "agents/dispatch/ledger.py",
        "        self._effects.outputs.append(Out(Topic.PROFILE_INBOX, line.profile.encode(), orjson.dumps(word)))\n",
        "",
        LEDGER,
    ),
    bug(
        "dispatcher_reads_uncommitted",
        "a trigger that was never fired is delivered",
        "agents/dispatch/clients.py",
        '        isolation_level="read_committed",\n        enable_auto_commit=False,\n        auto_offset_reset="earliest",\n        session',
        '        isolation_level="read_uncommitted",\n        enable_auto_commit=False,\n        auto_offset_reset="earliest",\n        session',
    ),
]
