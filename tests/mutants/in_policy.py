"""Bugs in whom policy lets speak, when and how often."""

from tests.mutants.bug import Bug, bug

QUIET = "tests/stories/test_quiet_hours.py"
CAPS = "tests/stories/test_caps.py"
HOLDOUT = "tests/stories/test_holdout.py"
ARBITRATION = "tests/stories/test_arbitration.py"
BLASTS = "tests/stories/test_blasts.py"
LOG = "tests/streams/test_send_log.py"
CHANNELS = "tests/stories/test_consent_by_channel.py"

BUGS: list[Bug] = [
    bug(
        "quiet_for_an_instant_too_long",
        "the last instant of a window is quiet, and what is put off until then is put off once more",
        "streams/policy/quiet_hours.py",
        "begin <= at < end",
        "begin <= at <= end",
        QUIET,
    ),
    bug(
        "night_of_the_wrong_day",
        "Friday's night ends at midnight, and Saturday's has Friday's morning",
        "streams/policy/quiet_hours.py",
        "DAYS[day.weekday()] in",
        "DAYS[today.weekday()] in",
        QUIET,
    ),
    bug(
        "time_that_is_left_out_is_an_hour_later",
        "half past two in the night of the change is half past three",
        "streams/local_time.py",
        "!= clock:",
        "!= clock and False:",
        QUIET,
        "tests/streams/test_local_time.py",
    ),
    bug(
        "put_off_past_its_deadline",
        "good for nothing by then, and kept waiting all the same",
        "streams/policy/guards.py",
        "deferred.until < expires_at",
        "deferred.until <= expires_at",
        QUIET,
        ARBITRATION,
    ),
    bug(
        "cap_counts_exactly_per_ago",
        "(now - per, now] with its begin",
        "streams/policy/caps.py",
        "now - cap.per, now,",
        "now - cap.per - 1, now,",
        CAPS,
    ),
    bug(
        "cap_defers_to_the_last",
        "two a day: the third waits for the second instead of the first",
        "streams/policy/caps.py",
        "times[-cap.max] + cap.per",
        "times[-1] + cap.per",
        CAPS,
    ),
    bug(
        "cap_forgets_after_a_week",
        "what can be taken back no more was never sent",
        "streams/send_log.py",
        "            person.sends.append(Send(fired.at, fired.channel, fired.category))\n",
        "",
        CAPS,
        LOG,
    ),
    bug(
        "delivered_when_it_was_due",
        "an ESP that was down for a day fills tomorrow's cap with nothing",
        "streams/send_log.py",
        "        fired.delivered, fired.at = True, at\n",
        "        fired.delivered = True\n",
        CAPS,
        LOG,
    ),
    bug(
        "drawn_anew_at_every_sign_in",
        "who was held out as a visitor is spoken to as a customer",
        "streams/memory.py",
        "    person.first_id = person.first_id or joining.first_id\n",
        "",
        HOLDOUT,
    ),
    bug(
        "held_out_is_never_heard",
        "the control group's cool-down does not begin",
        "streams/triggers/case.py",
        "            spoken_of(self.person, episode.rule_id, episode.anchor, episode.rings_at)\n",
        "            spoken_of(self.person, episode.rule_id, episode.anchor)\n",
        HOLDOUT,
    ),
    bug(
        "refused_outranks",
        "a cart in its cool-down takes the place of what may speak",
        "streams/policy/guards.py",
        "[rival for rival in rivals() if isinstance(_alone(rival), Allowed)]",
        "list(rivals())",
        ARBITRATION,
    ),
    bug(
        "all_that_settles_goes",
        "nobody remembers that one of them has gone",
        "streams/triggers/fold.py",
        "            choose(case.person, asked.at, rule.id)\n",
        "            pass\n",
        ARBITRATION,
    ),
    bug(
        "restart_opens_what_is_shut",
        "a crash loop lets the blast through, a share at a time",
        "streams/session_stage.py",
        '            self._people.blasts.restore(mark["blasts"], self._rulebook.by_id)\n',
        "",
        BLASTS,
    ),
    # -- consent -------------------------------------------------------------------------------------------------------
    bug(
        "wide_consent_lifts_nothing",
        "she said later that all is welcome, and still gets no sms",
        "streams/consent.py",
        "            last = max(last, person.scopes.get(scope, last))\n",
        "            last = person.scopes.get(scope, last)\n",
        CHANNELS,
    ),
    bug(
        "consent_of_the_same_time_wins",
        "of two words on sms the one that comes last",
        "streams/consent.py",
        "(at, not given) < person.scopes.get(scope, (0, False))",
        "at < person.scopes.get(scope, (0, False))[0]",
        CHANNELS,
        "tests/streams/test_consent.py",
    ),
    bug(
        "purchase_is_consent",
        "who has bought gets an sms, though sms needs the person's word",
        "streams/policy/consent.py",
        '(needs == "soft_opt_in" and person.last_order_at)',
        "person.last_order_at",
        CHANNELS,
    ),
    bug(
        "opt_out_of_sms_takes_back_mails",
        "everything undelivered goes, whatever it is",
        "streams/triggers/taking_back.py",
        "        if not fired.settled and refuses(case.person, fired.channel, fired.category):\n            case.cancel(fired, Reason.OPTED_OUT)\n",
        "        if not fired.settled:\n            case.cancel(fired, Reason.OPTED_OUT)\n",
        CHANNELS,
    ),
    bug(
        "unreadable_consent_is_consent_to_all",
        "a wrong channel is dropped, and all is welcome",
        "schemas/mending.py",
        "                if (about := fields.get(name, ABSENT)).wrong is not None:\n",
        "                if (about := ABSENT).wrong is not None:\n",
        CHANNELS,
    ),
]
