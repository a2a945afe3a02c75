from typing import Any

import pytest
import yaml

from schemas.formulas import (
    SATISFACTION_V1,
    CitizensPart,
    Criterion,
    PresentationFormula,
)
from tribune.commands.formulas import built_in, published, shown

FORMULA = PresentationFormula(
    id="presentation",
    version=2,
    criteria=[Criterion(id="results", max=60), Criterion(id="delivery", max=40)],
    panels={"leaders": 60, "officials": 40},
    citizens=CitizensPart(weight=10, round="spring", minimum_ballots=30),
    tie_break=["panel:leaders", "criterion:results"],
)


class Console:
    """Answers as a console with two broadcasts, one of them retired."""

    def get(self, path: str) -> Any:
        if path == "/api/broadcasts":
            return [{"id": "past", "retired": True}, {"id": "county", "retired": False}]
        assert path == "/api/broadcasts/county"
        document = yaml.safe_load(shown("", FORMULA))
        return {"formulas": [document, document | {"id": "another"}]}


def test_what_is_shown_reads_back_as_the_same_formula() -> None:
    assert published(Console(), "presentation") == [("broadcast county", FORMULA)]
    assert published(Console(), "unknown") == []


@pytest.mark.parametrize(
    "says",
    [
        "presentation version 2: broadcast county",
        "results (0-60) + delivery (0-40): 100 at most",
        "from 5 on, the highest and the lowest are dropped",
        "by weight (leaders 60, officials 40)",
        "Citizens count 10",
        "panel:leaders, then criterion:results",
    ],
)
def test_a_formula_says_what_it_means(says: str) -> None:
    assert says in shown("broadcast county", FORMULA)


def test_the_built_in_formula_is_known_without_a_console() -> None:
    [(where, formula)] = built_in("satisfaction")
    assert (where, formula) == ("built in", SATISFACTION_V1)
    assert "hundredths" in shown(where, formula)
    assert built_in("presentation") == []
