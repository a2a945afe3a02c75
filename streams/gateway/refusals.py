"""A refusal of the intake as the caller reads it."""

from streams.gateway.http.errors import error
from streams.gateway.http.messages import Reply
from streams.gateway.votes import VoteRefused


def refused(refusal: VoteRefused, *, is_list: bool) -> Reply:
    """The intake's refusal; in a list the field says which ballot."""
    field = refusal.field
    if is_list and refusal.item is not None:
        field = f"[{refusal.item}].{field}" if field else f"[{refusal.item}]"
    headers = (
        () if refusal.retry_after_s is None else (("retry-after", str(refusal.retry_after_s)),)
    )
    return error(refusal.status, refusal.reason, refusal.detail, field=field, headers=headers)
