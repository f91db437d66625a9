"""Bugs in what a new rulebook changes, when it is taken over, and what is published."""

from tests.mutants.bug import Bug, bug

TAKEOVER = "tests/stories/test_takeover.py"
ACTIVATION = "tests/stories/test_activation.py"
SHADOW = "tests/stories/test_shadow.py"
CANARY = "tests/stories/test_canary.py"
PUBLISHED = "tests/agents/test_published.py"
PARTITION = "tests/agents/worker/test_taking_rules_over.py"

BUGS: list[Bug] = [
    # -- the takeover --------------------------------------------------------------------------------------------------
    bug(
        "takeover_not_recorded",
        "a restored partition goes by whatever rulebook its process was made with",
        "streams/profiles/people.py",
        "            self.in_force = decode(value)\n",
        "            decode(value)\n",
        TAKEOVER,
    ),
    bug(
        "takeover_leaves_the_rules_of_before",
        "the new rulebook is in force, and the old rules go on hearing",
        "streams/profiles/people.py",
        "        self.in_force.take_over(rulebook, watermark, positions)\n"
        "        self.opened.open(rulebook, watermark, self.in_force.previous)\n",
        "        self.in_force.take_over(rulebook, watermark, positions)\n",
        TAKEOVER,
    ),
    bug(
        "gap_of_before_stays",
        "visits go by the session gap of the first rulebook",
        "streams/visits/session_stage.py",
        "        if visits.go_by(rulebook, ",
        "        if False and visits.go_by(rulebook, ",
        TAKEOVER,
    ),
    bug(
        "visits_not_woken_for_a_shorter_gap",
        "an open visit ends by the gap of before",
        "streams/visits/visits.py",
        "                if visitor.visits:\n                    self.arm(key, visitor)\n",
        "                pass\n",
        TAKEOVER,
    ),
    bug(
        "closed_in_the_past",
        "that a shorter gap has ended a visit is told as of a time that its customer has passed",
        "streams/visits/visitors.py",
        "    return replace(fact, at=time) if isinstance(fact, SessionClosed) and fact.at < time else fact\n",
        "    return fact\n",
        TAKEOVER,
    ),
    bug(
        "longer_gap_reaches_back",
        "after a longer gap a visit of before, which is closed, swallows the next one",
        "streams/visits/visitors.py",
        "visitor.closed_end is not None and at < watermark and at <= visitor.closed_end + gap\n",
        "visitor.closed_end is not None and at <= visitor.closed_end + gap\n",
        TAKEOVER,
    ),
    bug(
        "shorter_retention_of_visitors_waits",
        "who rests is forgotten by the retention of before",
        "streams/visits/session_stage.py",
        "        if rulebook.retention < before.retention or",
        "        if",
        TAKEOVER,
    ),
    bug(
        "shorter_retention_of_customers_waits",
        "the same for customers",
        "streams/profiles/customer_stage.py",
        "        if rulebook.customer_retention < before.customer_retention or",
        "        if",
        TAKEOVER,
    ),
    # -- from when on a rule counts ------------------------------------------------------------------------------------
    bug(
        "activation_ignored",
        "a new rule speaks of what was before it",
        "streams/triggers/fold.py",
        "    if case.in_force.is_before(rule, episode.anchor):\n",
        "    if False:\n",
        ACTIVATION,
    ),
    bug(
        "activation_a_moment_late",
        "what counts from that very time is in time",
        "streams/triggers/in_force.py",
        "        return anchor < (",
        "        return anchor <= (",
        ACTIVATION,
    ),
    bug(
        "exit_before_activation",
        "a new exit rule answers a signal of before",
        "streams/triggers/detectors/exit_intent.py",
        "    reason = Reason.BEFORE_ACTIVATION if case.in_force.is_before(rule, signal.at) else None\n",
        "    reason = None\n",
        ACTIVATION,
    ),
    bug(
        "edit_is_a_new_rule",
        "who edits a rule loses what waits for it",
        "streams/triggers/in_force.py",
        "            effects.setdefault(rule.id, watermark)\n",
        "            effects[rule.id] = watermark\n",
        ACTIVATION,
    ),
    # -- shadows and canaries ------------------------------------------------------------------------------------------
    bug(
        "shadow_is_sent",
        "a rule that is only tried speaks to people",
        "streams/triggers/case.py",
        "        if rule.shadow:\n            self._decide(",
        "        if False:\n            self._decide(",
        SHADOW,
    ),
    bug(
        "shadow_can_be_taken_back",
        "what never went out is cancelled",
        "streams/triggers/occasions.py",
        "        cancelled=rule.shadow,\n",
        "        cancelled=False,\n",
        SHADOW,
    ),
    bug(
        "shadow_ends_the_others",
        "a deeper shadow silences the rule that people hear",
        "streams/triggers/fold.py",
        "if case.rulebook.ladder and not rule.shadow else ()",
        "if case.rulebook.ladder else ()",
        SHADOW,
    ),
    bug(
        "shadow_holds_others_back",
        "a deeper shadow delays the rule that people hear",
        "streams/triggers/fold.py",
        "    until = held_until(_who_count(case), episode)",
        "    until = held_until(case.person.episodes, episode)",
        SHADOW,
    ),
    bug(
        "canary_for_everybody",
        "a share of the persons is all of them",
        "streams/triggers/opening_rules.py",
        "rule.canary is None or bucket_of(rule.id, key) < rule.canary",
        "rule.canary is None or bucket_of(rule.id, key) >= 0",
        CANARY,
    ),
    bug(
        "canary_follows_a_canary",
        "who is none goes by the canary of before",
        "streams/triggers/in_force.py",
        "{rule.id: rule for rule in self.rulebook.rules if rule.canary is None}",
        "{rule.id: rule for rule in self.rulebook.rules}",
        CANARY,
    ),
    bug(
        "canary_forgets_the_rule_before",
        "the version before it is found to be gone while it goes on",
        "streams/triggers/opening_rules.py",
        "        today = {rule.version for rule in (*rulebook.rules, *previous.values())}\n",
        "        today = {rule.version for rule in rulebook.rules}\n",
        CANARY,
    ),
    # -- what is published ---------------------------------------------------------------------------------------------
    bug(
        "refused_rulebook_is_in_force",
        "one bad record ends every worker",
        "agents/published.py",
        "    except RulebookRefused as refused:\n        return Published(",
        "    except ZeroDivisionError as refused:\n        return Published(",
        PUBLISHED,
    ),
    bug(
        "only_the_newest_is_taken_over",
        "a partition that was away misses the version that a canary leaves to the others",
        "agents/published.py",
        "        return known[place + 1 :]\n",
        "        return known[-1:] if place + 1 < len(known) else []\n",
        PUBLISHED,
    ),
    bug(
        "taken_over_within_a_transaction",
        "what was folded by the old rulebook and what by the new one is one batch",
        "agents/worker/partition.py",
        "            self._take_over()\n            await self._fold",
        "            await self._fold_queued(following)\n            self._take_over()\n            await self._fold",
        PARTITION,
    ),
    # -- what is said of it --------------------------------------------------------------------------------------------
    bug(
        "reading_hides_the_condition",
        "a marketer is not told under which condition a rule speaks",
        "schemas/rules/base.py",
        '[] if self.condition is None else [f"Only if {self.condition.strip()}"]',
        "[]",
        "tests/schemas/rules/test_rules_in_words.py",
    ),
]
