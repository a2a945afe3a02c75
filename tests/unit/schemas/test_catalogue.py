import re
from pathlib import Path

import pytest

from schemas.catalogue import CATALOGUE, FACT_TOPICS, read, read_or_none
from schemas.topics import Topic
from schemas.wire import Unreadable

DESIGN = (Path(__file__).parents[3] / "docs" / "design.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([a-z-]+)` \| ([^|]+?) \| (fact|derived|commands)", DESIGN, re.MULTILINE)


def test_every_topic_has_one_row_in_the_catalogue_and_in_the_design() -> None:
    assert list(CATALOGUE) == list(Topic)
    assert [name for name, _, _ in ROWS] == [str(topic) for topic in Topic]


@pytest.mark.parametrize(("name", "key", "kind"), ROWS)
def test_the_design_says_of_a_topic_what_the_catalogue_says(name: str, key: str, kind: str) -> None:
    entry = CATALOGUE[Topic(name)]
    assert key.startswith(entry.key)
    assert (kind == "derived") == entry.derived
    assert entry.partitions == (8 if name == "votes" else 1)


def test_facts_are_kept_for_good_and_archived_and_what_is_derived_is_not() -> None:
    for topic, entry in CATALOGUE.items():
        assert (topic in FACT_TOPICS) == (entry.config["retention.ms"] == "-1")
        assert (topic in FACT_TOPICS) == (entry.table == "log_rows")


@pytest.mark.parametrize("topic", Topic)
def test_what_no_topic_can_hold_is_read_as_nothing(topic: Topic) -> None:
    with pytest.raises(Unreadable):
        read(topic, b"{")
    assert read_or_none(topic, None) is None
