"""When a stage marks how far it has come, though it has nothing else to commit."""

import pytest

from schemas.topics import INBOXES, Topic
from streams.marks import UNMARKED_MAX, is_mark_due

SOURCES = [Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS, Topic.CATALOG]


@pytest.mark.parametrize("source", SOURCES)
def test_a_record_of_a_source_is_marked_at_once(source: Topic) -> None:
    """One is enough, whatever the inbox beside it brings."""
    marked = {source: 5, Topic.VISITOR_INBOX: 5}
    assert not is_mark_due({**marked}, marked)
    assert is_mark_due({**marked, source: 6}, marked)


@pytest.mark.parametrize("inbox", INBOXES)
def test_an_inbox_is_marked_now_and_then(inbox: Topic) -> None:
    """Not one record before so many, but then."""
    marked = {inbox: 5}
    assert not is_mark_due({inbox: 4 + UNMARKED_MAX}, marked)
    assert is_mark_due({inbox: 5 + UNMARKED_MAX}, marked)
