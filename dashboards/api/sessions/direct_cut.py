"""The operator's cut, straight to every stage controller: it needs no log."""

from dashboards.api.stages.orders import tell_stages
from schemas.sessions import SessionCommand
from streams.stage.direct import PATH, CutOrder

WITHIN_S = 1.0  # above CONFIRMED_WITHIN_S of streams.stage.routes; the log's way goes on beside it


async def cut_directly(
    stages: tuple[str, ...], secret: bytes, command: SessionCommand
) -> dict[str, bool]:
    """Tell every stage controller to cut; says of each address whether it took the order."""
    order = CutOrder(
        id=command.id,
        by=command.by,
        at=command.at,
        broadcast=command.broadcast,
        slot=command.slot,
    )
    told = await tell_stages(stages, secret, PATH, order, WITHIN_S)
    return {url: status is not None and status < 300 for url, status in told.items()}
