"""Lengths and times of day as people write them in a spreadsheet, in Chinese or English."""

import re
from datetime import datetime, timedelta
from unicodedata import normalize

# \d{1,9}: more digits are no length of time, and `int` of a very long text takes long
COLONS = re.compile(r"\d{1,9}(:\d{1,2}){1,2}")
NUMBER = r"(\d{1,9}(?:\.\d{1,9})?)"
LENGTH = re.compile(
    rf"(?:{NUMBER}(?:h|hours?|小时))?"
    rf"(?:{NUMBER}(?:m|mins?|minutes?|分钟?|['′](?!['′])))?"
    rf"(?:{NUMBER}(?:s|secs?|seconds?|秒钟?|\"|''|′′))?"
)
PART_MS = (3_600_000, 60_000, 1_000)  # an hour, a minute, a second: LENGTH's groups
AFTERNOON = ("下午", "晚上", "pm")
CLOCK = re.compile(
    r"(?P<before>早上|上午|中午|下午|晚上)?(?P<hours>\d{1,2})"
    r"(?::(?P<minutes>\d{2})(?::(?P<seconds>\d{2}))?|[点时](?:(?P<chinese>\d{1,2})分?|整)?)"
    r"(?P<after>am|pm)?"
)
DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ t]?")


def duration_ms(cell: str) -> int:
    """Read a length of time: `5:00`, `5`, `5 min`, `90s`, `5分30秒`, `1:05:00`.

    Raises:
        ValueError: it is none of these.
    """
    text = normalize("NFKC", cell).replace(" ", "").lower()
    if COLONS.fullmatch(text):
        seconds = 0
        for part in text.split(":"):
            seconds = seconds * 60 + int(part)
        return seconds * 1_000
    if re.fullmatch(NUMBER, text):
        return round(float(text) * 60_000)
    match = LENGTH.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"{cell!r} is no length of time; write 5:00, 5 min or 90 s")
    parts = zip(match.groups(), PART_MS, strict=True)
    return round(sum(float(part) * part_ms for part, part_ms in parts if part))


def time_ms(cell: str, day: datetime) -> int:
    """Read a time: ISO 8601, or the time of day, `19:30` or `下午7:30`; on that day unless dated.

    Raises:
        ValueError: it is neither.
    """
    text = normalize("NFKC", cell).strip().lower()
    try:
        at = _clock(text, day) or datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError(f"{cell!r} is no time; write 19:30 or 2026-12-01T19:30+08:00") from None
    return round((at if at.tzinfo else at.replace(tzinfo=day.tzinfo)).timestamp() * 1_000)


def _clock(text: str, day: datetime) -> datetime | None:
    """A time of day, with its date before it or not; None for anything else."""
    start = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if date := DATE.match(text):
        year, month, date_day = map(int, date.groups())
        start, text = start.replace(year=year, month=month, day=date_day), text[date.end() :]
    match = CLOCK.fullmatch(text.replace(" ", ""))
    if match is None:
        return None
    minutes, seconds = int(match["minutes"] or match["chinese"] or 0), int(match["seconds"] or 0)
    hours = _hours(int(match["hours"]), match["before"] or match["after"] or "")
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return start + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _hours(hours: int, half: str) -> int:
    """The hour of the day; none (24) where what is said of it cannot be, as in 20:00 am."""
    if (half == "晚上" and hours == 12) or (half == "am" and hours > 12):
        return 24
    if half == "am":
        return hours % 12
    # "晚上12" is midnight, "中午1" and "中午2" are after noon, "中午11" is before
    is_later = half in AFTERNOON and hours < 12
    return hours + 12 if is_later or (half == "中午" and hours < 3) else hours


def say_length(length_ms: int) -> str:
    """Write a length of time so that it reads back as the same."""
    if length_ms % 1_000:
        return f"{length_ms // 1_000}.{length_ms % 1_000:03d} s"
    return f"{length_ms // 60_000}:{length_ms // 1_000 % 60:02d}"
