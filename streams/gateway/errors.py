"""Refusals as the caller reads them: `{"error": {"reason", "field", "detail"}}`."""

import msgspec

from streams.gateway.door import Refused, Reply

JSON = "application/json"


def error(
    status: int,
    reason: str,
    detail: str,
    *,
    field: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    """A refusal; `reason` is a word and is counted, `detail` a sentence that says what to do."""
    # not orjson: its bytes hold 4 kB each for as long as an answer is remembered
    body = msgspec.json.encode({"error": {"reason": reason, "field": field, "detail": detail}})
    return Reply(status, body, JSON, reason, headers)


def refused(refusal: Refused, *, is_list: bool) -> Reply:
    """The desk's refusal; in a list the field says which ballot."""
    field = refusal.field
    if is_list and refusal.item is not None:
        field = f"[{refusal.item}].{field}" if field else f"[{refusal.item}]"
    headers = (
        () if refusal.retry_after_s is None else (("retry-after", str(refusal.retry_after_s)),)
    )
    return error(refusal.status, refusal.reason, refusal.detail, field=field, headers=headers)
