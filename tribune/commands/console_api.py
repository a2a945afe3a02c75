"""Talks to the console's API, for the commands that change what runs.

A console or a log that is just starting is waited for, which is said; nothing else is tried twice.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from streams.tokens import issue
from tribune.settings.addresses import role_url
from tribune.settings.secret import read_secret
from tribune.settings.shape import Settings
from tribune.supervise.rundir import holder

# Above what an answer may wait for: a body (10 s), and an odd workbook that is read apart (30 s)
TIMEOUT_S = 45.0
# A start takes some five seconds, on a busy machine three times that.
STARTS_WITHIN_S = 15.0
AGAIN_S = 0.2  # so much later a command goes on than the console is there
NOTHING_DONE = "nothing was done"
"""So the console begins its answer when it is certain that the same may be asked again."""
NOT_KNOWN_HERE = (
    "does not know this secret: is it a rehearsal (add --rehearsal here too, or leave it out), "
    "or does it run with other settings (--config) or another `data` folder?"
)


class ConsoleRefused(RuntimeError):
    """The console did not do it; the text says why, and what to do."""


class _NotYet(ConsoleRefused):
    """It is starting: the same may be asked again."""


@dataclass(frozen=True, slots=True)
class ConsoleApi:
    """The console at an address, with an operator's token; `starts` when somebody starts it."""

    url: str
    token: str = field(repr=False)
    starts: bool = False

    @classmethod
    def of(cls, settings: Settings, url: str | None = None) -> "ConsoleApi":
        """The console of the settings, or one elsewhere that knows the same secret."""
        token = issue(read_secret(settings), "operator", int(time.time()))
        starts = url is None and holder(settings.run_dir) is not None
        return cls((url or role_url(settings, "console")).rstrip("/"), token, starts)

    def post(self, path: str, body: bytes = b"", kind: str = "application/yaml") -> Any:
        """Send a command, and give the answer.

        Raises:
            ConsoleRefused: the console says no, or nobody answers.
        """
        return json.loads(self._ask("POST", path, body, kind) or b"null")

    def get(self, path: str) -> Any:
        """Ask how something stands.

        Raises:
            ConsoleRefused: the console says no, or nobody answers.
        """
        return json.loads(self.fetch(path))

    def fetch(self, path: str) -> bytes:
        """As `get`, whatever the answer is.

        Raises:
            ConsoleRefused: the console says no, or nobody answers.
        """
        return self._ask("GET", path, None, "")

    def _ask(self, method: str, path: str, body: bytes | None, kind: str) -> bytes:
        deadline, has_said = time.monotonic() + STARTS_WITHIN_S, False
        while True:
            try:
                return self._ask_once(method, path, body, kind)
            except _NotYet as error:
                if time.monotonic() > deadline:
                    raise
                if not has_said:
                    print(f"waiting for a start: {error}", file=sys.stderr)
                has_said = True
            time.sleep(AGAIN_S)

    def _ask_once(self, method: str, path: str, body: bytes | None, kind: str) -> bytes:
        request = urllib.request.Request(self.url + path, data=body, method=method)  # noqa: S310
        request.add_header("Authorization", f"Bearer {self.token}")
        if kind:
            request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                said = _said(error.code, error.read())
            if error.code == HTTPStatus.UNAUTHORIZED:
                said = f"the console at {self.url} {NOT_KNOWN_HERE}"
            may_repeat = method == "GET" or said.startswith(NOTHING_DONE)
            is_starting = error.code == HTTPStatus.SERVICE_UNAVAILABLE and may_repeat
            raise (_NotYet if is_starting else ConsoleRefused)(said) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            is_starting = self.starts and isinstance(reason, ConnectionRefusedError)
            raise (_NotYet if is_starting else ConsoleRefused)(
                f"the console at {self.url} does not answer ({reason}); is `tribune up` "
                "running here, with these settings?"
            ) from None


def _said(status: int, body: bytes) -> str:
    """The console's error: a sentence, or each problem of a file with its line and field."""
    try:
        answer = json.loads(body)
        problems = [_problem(problem) for problem in answer.get("errors", [])]
        error = answer["error"]
        field_at_fault = f"{error['field']}: " if error.get("field") else ""
        return "\n".join(problems) or f"{field_at_fault}{error['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"the console answers {status}"


def _problem(problem: dict[str, Any]) -> str:
    where = f"line {problem['line']}, {problem['field']}: " if problem["line"] else ""
    return f"{where}{problem['detail']}"
