from typing import Any

from msgspec.structs import replace

from schemas.boards import Row
from tribune.proof.reconcile import Report, RoundReport, compare
from tribune.proof.reconcile_groups import GroupReport

ROW = Row("a", 1, 1, 2, 9000, (8900, 9100), {"very_satisfied": 9}, 9, 9, "ranked")
OTHER = Row("b", 2, 1, 2, 8000, (7900, 9000), {"very_satisfied": 8}, 8, 8, "ranked")


def differing(**changes: Any) -> list[str]:
    return [str(found) for found in compare([ROW], [replace(ROW, **changes)])]


def test_equal_rows_have_no_difference() -> None:
    assert compare([ROW, OTHER], [ROW, OTHER]) == []


def test_each_field_that_differs_is_named_with_both_values() -> None:
    assert differing(score=8999, rated=8) == [
        "a: score is 9000 on the board, 8999 recounted",
        "a: rated is 9 on the board, 8 recounted",
    ]


def test_a_unit_that_only_one_side_has_is_a_difference() -> None:
    assert [found.unit for found in compare([ROW], [ROW, OTHER])] == ["b"]
    assert [found.unit for found in compare([ROW, OTHER], [OTHER])] == ["a"]


def test_another_order_of_equal_rows_is_a_difference() -> None:
    assert [found.field for found in compare([ROW, OTHER], [OTHER, ROW])] == ["order"]


def test_a_group_before_its_reveal_is_said_not_to_be_compared() -> None:
    sealed = GroupReport("departments", 9, 0, [], sealed=True)
    alone = Report(groups=[sealed], asked="departments")
    assert alone.ok
    assert alone.compared == 0
    assert "nothing was compared" in alone.summary
    assert Report([RoundReport("r", 5, 1234, [])], [sealed]).compared == 1
    assert Report([], [GroupReport("heads", 9, 8, [])]).compared == 1


def test_a_report_is_well_when_every_round_is() -> None:
    equal = RoundReport("r", 5, 1234, [])
    wrong = RoundReport("s", 6, 10, compare([ROW], [replace(ROW, score=1)]))
    late = RoundReport("t", 7, 0, [], "ClickHouse does not hold it")
    assert Report([equal]).ok
    assert not Report([equal, wrong]).ok
    assert not Report([late]).ok
    assert Report([]).ok
    assert not Report([], asked="unknown").ok
    assert Report([equal, wrong, late]).summary.splitlines() == [
        "r: 1,234 ballots counted, board 5: equal",
        "s: 10 ballots counted, board 6: 1 differences",
        "  a: score is 9000 on the board, 1 recounted",
        "t: ClickHouse does not hold it",
    ]
