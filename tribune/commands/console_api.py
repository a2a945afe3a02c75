"""Talks to the console's API, for the commands that change what runs."""

import json
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

TIMEOUT_S = 15.0
NOT_KNOWN_HERE = (
    "does not know this secret: is it a rehearsal (add --rehearsal here too, or leave it out), "
    "or does it run with other settings (--config) or another `data` folder?"
)


class Refused(RuntimeError):
    """The console did not do it; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ConsoleApi:
    """The console at an address, with an operator's token."""

    url: str
    token: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings, url: str | None = None) -> "ConsoleApi":
        """The console of the settings, or one elsewhere that knows the same secret."""
        token = issue(read_secret(settings), "operator", int(time.time()))
        return cls((url or role_url(settings, "console")).rstrip("/"), token)

    def post(self, path: str, body: bytes = b"", kind: str = "application/yaml") -> Any:
        """Send a command, and give the answer.

        Raises:
            Refused: the console says no, or nobody answers.
        """
        return json.loads(self._ask("POST", path, body, kind) or b"null")

    def get(self, path: str) -> Any:
        """Ask how something stands.

        Raises:
            Refused: the console says no, or nobody answers.
        """
        return json.loads(self.fetch(path))

    def fetch(self, path: str) -> bytes:
        """As `get`, whatever the answer is.

        Raises:
            Refused: the console says no, or nobody answers.
        """
        return self._ask("GET", path, None, "")

    def _ask(self, method: str, path: str, body: bytes | None, kind: str) -> bytes:
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
            raise Refused(said) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise Refused(
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
