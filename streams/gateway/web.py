"""The public page's door: `GET,POST /vote`."""

import secrets
from typing import NamedTuple

import orjson

from schemas.ballots import CHOICE_BY_WORD, CHOICES
from schemas.broadcasts import Lang
from streams.gateway.browsers import is_same_origin, language
from streams.gateway.cookies import NUMBER_BYTES, set_cookie, voter_of
from streams.gateway.http.errors import JSON, error
from streams.gateway.http.messages import Reply, Request
from streams.gateway.intake import VoteIntake
from streams.gateway.pages import VoteError, VotePages, VoteView
from streams.gateway.refusals import refused
from streams.gateway.vote_form import FORM, BadForm, VoteForm, read_fields, read_form
from streams.gateway.votes import Sender, Vote, VoteRefused

HTML = "text/html; charset=utf-8"
PAGE_HEADERS = (
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        "img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
    ),
    ("referrer-policy", "same-origin"),
    ("vary", "accept-language, cookie"),
    ("x-content-type-options", "nosniff"),
)
SHOWN: dict[str, VoteError] = {
    "log_unavailable": "try_again",
    "not_caught_up": "try_again",
    "queue_full": "try_again",
    "unknown_round": "unknown_round",
    "unknown_unit": "unknown_unit",
    "unknown_choice": "unknown_choice",
    "round_not_open": "round_not_open",
    "door_not_accepted": "door_not_accepted",
    "too_many_ballots": "too_many_ballots",
    "not_from_this_page": "not_from_this_page",
}


class Visit(NamedTuple):
    """Who asks: the language, the cookie's voter, and what sets the cookie when it is new."""

    lang: Lang
    voter: str
    headers: tuple[tuple[str, str], ...]


class WebDoor:
    """Shows the vote page and takes its ballots; the signed cookie is the voter."""

    def __init__(
        self, intake: VoteIntake, pages: VotePages, cookie_key: bytes, public_host: str
    ) -> None:
        self._intake = intake
        self._pages = pages
        self._cookie_key = cookie_key
        self._public_host = public_host

    def show(self, request: Request) -> Reply:
        """Answer `GET /vote`."""
        visit, fields = self._visit(request), _query(request)
        refusal = self._intake.unready()
        if refusal is not None:
            return self._page(visit, fields, refused(refusal, is_list=False))
        return self._page(visit, fields, Reply(200, b"", HTML, "shown"))

    async def take(self, request: Request) -> Reply:
        """Answer `POST /vote`: a form with the page, JSON with JSON."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in (JSON, FORM):
            return error(415, "bad_media_type", f"send {JSON} or {FORM}")
        visit, is_json = self._visit(request), media_type == JSON
        try:
            form = read_form(request.body, is_json=is_json)
        except BadForm as bad:
            form, reply = None, error(400, "bad_form", str(bad))
        else:
            reply = await self._cast(request, visit, form)
        if is_json:
            return reply._replace(headers=(*reply.headers, *visit.headers))
        return self._page(visit, _fields(form), reply)

    async def _cast(self, request: Request, visit: Visit, form: VoteForm) -> Reply:
        if not self._is_same_origin(request.headers):
            return error(403, "not_from_this_page", "vote on the page itself")
        choice = CHOICE_BY_WORD.get(form.choice)
        if choice is None:
            detail = "must be one of " + ", ".join(CHOICES)
            return error(400, "unknown_choice", detail, field="choice")
        sender = Sender("web", "", secrets.token_hex(NUMBER_BYTES))
        vote = Vote(form.round, form.unit, choice, visit.voter, self._intake.now())
        taken = await self._intake.cast(sender, [vote])
        if isinstance(taken, VoteRefused):
            return refused(taken, is_list=False)
        return Reply(200, orjson.dumps({"receipt": taken[0]}), JSON, "accepted")

    def _is_same_origin(self, headers: dict[str, str]) -> bool:
        return is_same_origin(
            headers.get("sec-fetch-site"),
            headers.get("origin"),
            headers.get("host"),
            self._public_host,
        )

    def _visit(self, request: Request) -> Visit:
        headers = request.headers
        lang = language(_query(request).get("lang"), headers.get("accept-language"))
        voter = voter_of(self._cookie_key, headers.get("cookie"))
        if voter is not None:
            return Visit(lang, voter, ())
        voter = secrets.token_hex(NUMBER_BYTES)
        is_secure = headers.get("x-forwarded-proto") == "https"
        cookie = set_cookie(self._cookie_key, voter, is_secure=is_secure)
        return Visit(lang, voter, (("set-cookie", cookie),))

    def _page(self, visit: Visit, fields: dict[str, str], reply: Reply) -> Reply:
        """Draw what a reply says; the page has the reply's status."""
        view = self._view(visit, fields, reply)
        headers = (*reply.headers, *PAGE_HEADERS, *visit.headers)
        return Reply(reply.status, self._pages.vote(view), HTML, reply.outcome, headers)

    def _view(self, visit: Visit, fields: dict[str, str], reply: Reply) -> VoteView:
        now = self._intake.now()
        rounds = [
            each
            for each in self._intake.broadcasts.open_rounds(now)
            if "web" in each.definition.accepts
        ]
        shown = self._intake.broadcasts.rounds.get(fields.get("round", ""))
        if "round" not in fields and rounds:
            shown = rounds[0]
        is_taken = reply.outcome == "accepted"
        return VoteView(
            lang=visit.lang,
            rounds=rounds,
            round=shown,
            unit=shown.units.get(fields.get("unit", "")) if shown else None,
            choice=CHOICE_BY_WORD.get(fields.get("choice", "")),
            receipt=orjson.loads(reply.body)["receipt"] if is_taken else None,
            error=None if reply.status == 200 else SHOWN.get(reply.outcome, "bad_form"),
            now=now,
        )


def _query(request: Request) -> dict[str, str]:
    try:
        return read_fields(request.query)
    except ValueError:
        return {}


def _fields(form: VoteForm | None) -> dict[str, str]:
    return {"round": form.round, "unit": form.unit, "choice": form.choice} if form else {}
