"""Of which occasions a rule has spoken already: an anchor that comes late, or a record that is delivered again, makes
no second trigger."""

from schemas.state.person import Episode, Person
from streams.ids import trigger_id
from streams.person.shelves import dealings_of
from streams.person.waiting import place_of


def trigger_id_of(episode: Episode) -> str:
    """The id of the trigger that the occasion becomes."""
    rule, origin, event, step, anchor = episode.rule_id, episode.origin, episode.event_id, episode.step, episode.anchor
    return trigger_id(rule, origin, event, step, anchor, episode.same)


def has_spoken(person: Person, episode: Episode) -> bool:
    """Whether the rule has fired of that anchor already, or of a later one that came in its place. Of several occasions
    side by side, whether that very one waits or has fired: its record was delivered again."""
    if episode.several:
        return _is_known(person, episode)
    if episode.same:
        own = (fired for fired in person.fired if fired.rule_id == episode.rule_id and fired.same == episode.same)
        return any(fired.anchor >= episode.anchor for fired in own)
    spoke = dealings_of(person).spoke.get(episode.rule_id)
    return spoke is not None and episode.anchor <= spoke.anchor


def _is_known(person: Person, episode: Episode) -> bool:
    own = (one for one in person.episodes if one.rule_id == episode.rule_id)
    if any(place_of(one) == place_of(episode) and one.origin == episode.origin for one in own):
        return True
    fired = [one for one in person.fired if one.rule_id == episode.rule_id and one.anchor == episode.anchor]
    return bool(fired) and trigger_id_of(episode) in {one.trigger_id for one in fired}
