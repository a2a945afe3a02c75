"""Times and lengths of time in a rundown, as people write them; pure."""

import re
from datetime import datetime, timedelta


def duration_ms(cell: str) -> int:
    """Read a length of time as people write it: `5:00`, `5`, `5 min`, `90s`, `5分钟`, `1:05:00`.

    Raises:
        ValueError: it is none of these.
    """
    text = cell.replace("：", ":").replace(" ", "").lower()
    if re.fullmatch(r"\d{1,9}(:\d{1,2}){1,2}", text):
        seconds = 0
        for part in text.split(":"):
            seconds = seconds * 60 + int(part)
        return seconds * 1_000
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)(s|sec|seconds|秒|m|min|minutes|分|分钟)?", text)
    if match is None:
        raise ValueError(f"{cell!r} is no length of time; write 5:00, 5 min or 90 s")
    in_seconds = (match[2] or "m")[0] in "s秒"
    return round(float(match[1]) * (1_000 if in_seconds else 60_000))


def time_ms(cell: str, day: datetime) -> int:
    """Read a time: ISO 8601, or the time of day on the evening's day and in its zone.

    Raises:
        ValueError: it is neither.
    """
    text = cell.replace("：", ":")
    if match := re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        if hours < 24 and minutes < 60 and seconds < 60:
            start = day.replace(hour=0, minute=0, second=0, microsecond=0)
            at = start + timedelta(hours=hours, minutes=minutes, seconds=seconds)
            return round(at.timestamp() * 1_000)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{cell!r} is no time; write 19:30 or 2026-12-01T19:30+08:00") from None
    return round((at if at.tzinfo else at.replace(tzinfo=day.tzinfo)).timestamp() * 1_000)


def length(length_ms: int) -> str:
    """Write a length of time so that it reads back as the same."""
    if length_ms % 1_000:
        return f"{length_ms // 1_000}.{length_ms % 1_000:03d} s"
    return f"{length_ms // 60_000}:{length_ms // 1_000 % 60:02d}"
