"""A group's board as its operator sees it: opened, with the row that is to be revealed next."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict

from agents.reducers.group_board import about_sealed
from dashboards.api.marks.shapes import GroupPreview
from schemas.boards import GroupBoard, GroupRow, SealedRows
from schemas.seals import GroupKey, unseal
from schemas.wire import decode


def preview(board: GroupBoard, key_of: GroupKey) -> GroupPreview:
    """Open a board.

    Raises:
        NotOpened: it is sealed with another secret than this console's.
    """
    found = SealedRows(board.rows, sum(row.missing for row in board.rows))
    if board.sealed is not None:
        key = key_of(board.broadcast, board.group)
        about = about_sealed(board.broadcast, board.board, board.seq)
        found = decode(unseal(key, board.sealed, about), SealedRows)
    fields: dict[str, Any] = asdict(board)
    fields |= {"rows": found.rows, "sealed": None}
    return GroupPreview(**fields, missing=found.missing, next=_next(found.rows, board.revealed))


def _next(rows: Sequence[GroupRow], revealed: int) -> GroupRow | None:
    ranked = [row for row in rows if row.rank is not None]
    return ranked[-1 - revealed] if revealed < len(ranked) else None
