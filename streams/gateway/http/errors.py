"""Errors as the caller reads them: `{"error": {"reason", "field", "detail"}}`."""

import msgspec

from streams.gateway.http.messages import Reply

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
