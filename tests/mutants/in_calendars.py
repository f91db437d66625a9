"""Bugs in rules about dates of persons, and in what these tell of themselves."""

from tests.mutants.bug import Bug, bug

STORY = "tests/stories/test_calendar.py"
BATCH = "tests/properties/test_calendars.py"
DETECTOR = "streams/triggers/detectors/calendar.py"
TRAITS = "streams/person/traits.py"
ZONES = "streams/visit_zones.py"

BUGS: list[Bug] = [
    bug(
        "exactly_300_days_later_is_too_near",
        "> for ≥",
        DETECTOR,
        "- spoke.anchor >= APART_MS",
        "- spoke.anchor > APART_MS",
        STORY,
        BATCH,
    ),
    bug(
        "a_changed_date_is_greeted_twice_a_year",
        "a birthday every month",
        DETECTOR,
        "day.year > last and _midnight(day) - spoke.anchor >= APART_MS",
        "_midnight(day) > spoke.anchor",
        STORY,
        BATCH,
    ),
    bug(
        "told_at_exactly_the_due_time_is_too_late",
        "> for ≥",
        DETECTOR,
        "            if due >= at:\n",
        "            if due > at:\n",
        STORY,
        BATCH,
    ),
    bug(
        "the_year_after_is_forgotten",
        "greeted once, and never again",
        DETECTOR,
        "            _wait(case, rule, episode.rings_at + 1,",
        "            max(case, rule, episode.rings_at + 1,",
        STORY,
        BATCH,
    ),
    bug(
        "a_moved_person_keeps_the_old_hour",
        "woken at night",
        DETECTOR,
        "    anchor, due = _midnight(day), _due(rule, day, zone)\n",
        "    anchor, due = _midnight(day), _due(rule, day, zone)\n"
        "    due = waiting.due if waiting is not None and waiting.anchor == anchor else due\n",
        STORY,
        BATCH,
    ),
    bug(
        "a_date_with_its_year_is_its_own_anniversary",
        "> for ≥",
        DETECTOR,
        "    return year > said.year\n",
        "    return year >= said.year\n",
        STORY,
        BATCH,
    ),
    bug(
        "29_february_is_always_1_march",
        "who wants the day before is greeted the day after",
        "streams/triggers/dates.py",
        'date(year, 2, 28) if leap == "feb28" else date(year, 3, 1)',
        "date(year, 3, 1)",
        STORY,
        BATCH,
    ),
    bug(
        "the_earlier_word_counts",
        "a mended birthday stays wrong",
        TRAITS,
        "    if trait[:2] >= person.traits.get(name, NOTHING)[:2]:\n",
        "    if trait[:2] <= person.traits.get(name, trait)[:2]:\n",
        STORY,
        BATCH,
    ),
    bug(
        "whoever_comes_last_is_right",
        "an old trait that arrives late undoes the new one",
        TRAITS,
        "    if trait[:2] >= person.traits.get(name, NOTHING)[:2]:\n",
        "    if trait:\n",
        STORY,
    ),
    bug(
        "the_devices_zone_counts_first",
        "a traveller is greeted by the clock of the hotel",
        TRAITS,
        "in (person.traits.get(TIMEZONE, NOTHING), person.zone):",
        "in (person.zone, person.traits.get(TIMEZONE, NOTHING)):",
        STORY,
        BATCH,
    ),
    bug(
        "the_zone_of_a_click_behind_is_no_news",
        "a click that comes late hides where the person is now",
        ZONES,
        "        news = [own, *(click for click in behind if click[2] == before)]\n",
        "        news = [own]\n",
        STORY,
    ),
    bug(
        "quiet_hours_by_the_shops_clock",
        "woken on the other side of the world",
        "streams/policy/quiet_hours.py",
        "    zone = zone_of(asked.case.person, book)\n",
        "    zone = book.zone\n",
        STORY,
    ),
    bug(
        "dates_keep_people_for_ever",
        "state grows without bound",
        DETECTOR,
        "                return day if due <= until else None\n",
        "                return day\n",
        STORY,
    ),
    bug(
        "traits_that_a_merge_brings_are_lost",
        "told as a visitor, and never greeted as a customer",
        "streams/memory.py",
        "    join_traits(person, joining)\n",
        "",
        STORY,
        BATCH,
    ),
]
