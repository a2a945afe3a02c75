"""Counts what fails to sign in, by address: past a limit it is told to wait."""

WINDOW_S = 60  # so long who mistyped waits at the most
LIMIT = 30  # a page with an old token tries some times; a signature is guessed at no pace
MOST_ADDRESSES = 10_000  # a megabyte or two; with more the count begins anew, which lets nobody in


class Failures:
    """Failed attempts of this minute; a good token always passes, so nobody is locked out."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._window = 0
        self._counts: dict[str, int] = {}

    def wait_s(self, address: str, now_s: int) -> int:
        """Note a failure; returns the seconds to wait before the next try, 0 when there is none."""
        window = now_s // WINDOW_S
        if window != self._window or len(self._counts) >= MOST_ADDRESSES:
            self._window, self._counts = window, {}
        self._counts[address] = self._counts.get(address, 0) + 1
        if self._counts[address] <= self._limit:
            return 0
        return (window + 1) * WINDOW_S - now_s
