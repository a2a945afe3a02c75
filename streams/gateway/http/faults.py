"""Faults of our own, in words for the log."""

import traceback


def described(fault: BaseException) -> str:
    """What failed and where, without the message: it may quote what a citizen sent."""
    # three places: our own line, and how it came there
    places = traceback.extract_tb(fault.__traceback__)[-3:]
    where = " < ".join(f"{place.filename}:{place.lineno}" for place in reversed(places))
    return f"{type(fault).__name__} at {where}"
