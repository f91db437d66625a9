"""Bugs in what holds the topics together that one stage reads: who gets them, their positions, their one transaction."""

from tests.mutants.bug import Bug, bug

SHELL = "tests/agents/shell"
ASSIGNOR = "tests/contracts/test_assignor.py"
STAGE = "tests/streams/test_session_stage.py"
INBOXES = "tests/streams/test_inboxes.py"

BUGS: list[Bug] = [
    bug(
        "read_together_and_dealt_apart",
        "only the first topic of a group is dealt, and its partners are read by nobody",
        "agents/seam/assignor.py",
        "for topic in together[member][first]),",
        "for topic in together[member][first][:1]),",
        ASSIGNOR,
    ),
    bug(
        "partners_dealt_for_themselves",
        "each topic is dealt by itself, evenly: partition p of two topics goes to two members",
        "agents/seam/assignor.py",
        '(_Copartitioned,), {"together": together})',
        '(_Copartitioned,), {"together": [[topic] for group in together for topic in group]})',
        ASSIGNOR,
    ),
    bug(
        "what_members_had_forgotten",
        "every rebalance deals as if for the first time: most partitions are restored anew",
        "agents/seam/assignor.py",
        "for number in had.get(topic, ())]",
        "for number in ()]",
        ASSIGNOR,
    ),
    bug(
        "leader_deals_only_its_own",
        "what the leader does not read itself is given to nobody",
        "agents/seam/assignor.py",
        "{first for own in together.values() for first in own}",
        "{group[0] for group in cls.together}",
        ASSIGNOR,
    ),
    bug(
        "one_class_for_all_groups",
        "a consumer group is told what another one in the process has",
        "agents/seam/assignor.py",
        '    return type("CopartitionedAssignor", (_Copartitioned,), {"together": together})\n',
        "    _Copartitioned.together = together\n    return _Copartitioned\n",
        ASSIGNOR,
    ),
    bug(
        "fresh_waits_for_backlog",
        "a click waits for seconds because much lies in the inbox",
        "agents/partition.py",
        "bool(behind) and moved <= behind and",
        "bool(behind) and",
        f"{SHELL}/test_partition.py",
    ),
    bug(
        "positions_of_another_topic",
        "a delivery is taken to follow what came from another topic",
        "agents/partition.py",
        "            following[topic] = reached\n",
        "            following.update(dict.fromkeys(following, reached))\n",
        f"{SHELL}/test_partition.py",
    ),
    bug(
        "one_topic_watched",
        "a topic that stands still is hidden by its partner that goes on",
        "agents/watchdog.py",
        "            moved[topic] = position, since_s\n",
        "            moved[topic] = position, since_s\n            break\n",
        f"{SHELL}/test_watchdog.py",
    ),
    bug(
        "inbox_moves_the_clicks_time",
        "that the inbox is at its end is taken for silence on the clickstream",
        "streams/session_stage.py",
        "        else:\n            self._hear(self._inbox(batch))\n",
        "        else:\n            visits.clock.settle(batch.asked_ms)\n            self._hear(self._inbox(batch))\n",
        STAGE,
    ),
    bug(
        "one_position_kept",
        "a new owner reads the inbox from its beginning",
        "streams/marks.py",
        "    told = {topic.value: position for topic, position in positions.items()}\n",
        "    told = {topic.value: position for topic, position in [*positions.items()][:1]}\n",
        STAGE,
    ),
    bug(
        "told_to_the_wrong_inbox",
        "what a customer tells a visitor goes to a customer of the visitor's name",
        "streams/records.py",
        "Topic.CUSTOMER_INBOX if key.startswith(CUSTOMER) else Topic.VISITOR_INBOX",
        "Topic.CUSTOMER_INBOX",
        INBOXES,
    ),
    bug(
        "visitors_profile_not_written",
        "a restart makes a stranger of everybody who is not known: visits alone stand in the record",
        "streams/visitor_record.py",
        'profile = held if isinstance(held, bytes) else b"" if held is None else encode_profile(held)',
        'profile = held if isinstance(held, bytes) else b""',
        "tests/streams/test_restore.py",
    ),
    bug(
        "receipts_of_unknown_visitors_lost",
        "what was delivered to an unknown visitor is taken back all the same, and fires again",
        "streams/session_stage.py",
        "            elif key in visits.visitors or key in told or not isinstance(fact, FACTS_OF_THE_KNOWN):\n",
        "            elif not isinstance(fact, FACTS_OF_THE_KNOWN):\n",
        INBOXES,
    ),
    bug(
        "told_in_the_same_batch_is_nobody",
        "a word for somebody of whom the batch itself tells first is lost",
        "streams/session_stage.py",
        "            elif key in visits.visitors or key in told or not",
        "            elif key in visits.visitors or not",
        INBOXES,
    ),
    bug(
        "clicks_not_heard_by_the_visitor",
        "what closes a visit is told to nobody: nobody is reminded of what was looked at",
        "streams/session_stage.py",
        "            self._hear(visits.pass_time(",
        "            (lambda told: None)(visits.pass_time(",
        "tests/stories/test_browse_abandonment.py",
    ),
    bug(
        "state_from_before_the_release_taken",
        "a mark is read that knew one position, in a topic that is no more",
        "streams/state_format.py",
        "        if version < self.oldest:\n",
        "        if version < 0:\n",
        "tests/streams/test_state_format.py",
    ),
]
