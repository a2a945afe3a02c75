"""The WeChat door: a callback in, an answer out within WeChat's patience."""

import os
from collections.abc import Mapping
from hashlib import blake2b

import orjson

from agents.reducers.round_board import board_name
from agents.reducers.rounds import VotingRound
from schemas.boards import Board
from schemas.broadcasts import Lang, Unit
from schemas.wire import Unreadable, decode
from streams.gateway.http.messages import Reply
from streams.gateway.votes import Intake, Sender, Vote, VoteRefused
from streams.gateway.wechat.account import WeChatAccount
from streams.gateway.wechat.callback import Callback, echo, open_callback
from streams.gateway.wechat.chat import counted
from streams.gateway.wechat.conversation import Cast, Known, Say, decide
from streams.gateway.wechat.grammar import Names, language_of
from streams.gateway.wechat.parse import BadCallback, Message
from streams.gateway.wechat.replies import CONTENT_TYPES, Seal, sealed, text_reply
from streams.gateway.wechat.retries import Retries, Settled
from streams.gateway.wechat.words import say

# Below the 2 s within which a citizen hears that the log is slow (measured on a busy machine: 1.5 s
# were too many for that); WeChat itself gives 5 s
ANSWER_WITHIN_S = 1.2
PLAIN_TEXT = "text/plain; charset=utf-8"
SILENCE = b"success"

REFUSALS: dict[str, str] = {
    "unknown_account": "no account of this name is in the settings: see [wechat.ACCOUNT]",
    "method_not_allowed": "the callback takes GET and POST",
    "bad_signature": "the signature is not that of this account's token",
    "stale": "the timestamp is more than 5 minutes off; check this machine's clock",
    "plain_not_accepted": "this account takes encrypted messages only (aes_only)",
    "no_aes_key": "the message is encrypted, and the account has no encoding_aes_key",
    "undecipherable": "neither AES key opens the message for this appid",
    "body_too_large": "the body is larger than 64 KiB",
}


class WeChatDoor:
    """Answers `/wechat/{account}`: the verification (GET), messages and events (POST)."""

    def __init__(
        self,
        accounts: Mapping[str, WeChatAccount],
        intake: Intake,
        *,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._accounts = accounts
        self._intake = intake
        self._answer_within_s = answer_within_s
        self._retries = Retries()
        self._blur = os.urandom(32)  # a key of BLAKE2b, as long as what it gives
        self._names: dict[str, tuple[dict[str, Unit], Names]] = {}

    async def handle(
        self, account: str, method: str, query: dict[str, str], body: bytes, content_type: str
    ) -> Reply:
        """Answer one request; raises nothing on whatever a peer may send."""
        try:
            settings = self._accounts.get(account)
            if settings is None:
                raise BadCallback(404, "unknown_account")
            if method == "GET":
                return Reply(200, echo(settings, query).encode(), PLAIN_TEXT, "verified")
            if method == "POST":
                return await self._on_post(account, settings, query, body)
            raise BadCallback(405, "method_not_allowed")
        except BadCallback as refused:
            return _refusal(refused)

    async def _on_post(
        self, account: str, settings: WeChatAccount, query: dict[str, str], body: bytes
    ) -> Reply:
        callback = open_callback(settings, query, body, self._intake.now())
        message = callback.message
        settled = await self._retries.answer(
            self._key(account, message),
            lambda: self._settle(account, message),
            now=self._intake.now(),
            within_s=self._answer_within_s,
        )
        if settled is None:
            settled = _try_again(language_of(message.text), "slow", self._intake.now())
        return self._reply(settings, callback, settled)

    def _key(self, account: str, message: Message) -> bytes:
        """What retries of a message share; a blur of it, so that no openid stays in memory."""
        own = (message.message_id,)
        if message.kind == "event" or not message.message_id:
            own = (str(message.created_s), message.event, message.event_key, message.text)
        parts = (account, message.kind, message.sender, *own)
        return blake2b("\0".join(parts).encode(), key=self._blur, digest_size=16).digest()

    async def _settle(self, account: str, message: Message) -> Settled:
        now = self._intake.now()
        answer = decide(message, Known(self._intake.broadcasts, self._board, self._names_of, now))
        match answer:
            case None:
                return Settled(None, "silent", now)
            case Cast():
                return await self._cast(account, message, answer)
            case Say(outcome="round_not_open") if unready := self._intake.unready():
                return _try_again(language_of(message.text), unready.reason, now)
            case Say():
                return Settled(answer.text, answer.outcome, now)

    async def _cast(self, account: str, message: Message, cast: Cast) -> Settled:
        vote = Vote(
            cast.voting_round.id, cast.unit.id, cast.choice, message.sender, message.created_at
        )
        taken = await self._intake.cast(Sender("wechat", account, message.message_id), [vote])
        now = self._intake.now()
        if isinstance(taken, VoteRefused):
            return _refused(taken, cast, now)
        return Settled(counted(cast.unit, cast.choice, taken[0], cast.lang), "accepted", now)

    def _board(self, voting_round: VotingRound) -> Board | None:
        try:
            return decode(self._intake.board(board_name(voting_round.id)), Board)
        except Unreadable:
            return None

    def _names_of(self, voting_round: VotingRound) -> Names:
        units, names = self._names.get(voting_round.id, (None, None))
        if names is None or units is not voting_round.units:
            names = Names.of(voting_round.units.values())
            self._names[voting_round.id] = (voting_round.units, names)
        return names

    def _reply(self, settings: WeChatAccount, callback: Callback, settled: Settled) -> Reply:
        if settled.text is None:
            return Reply(200, SILENCE, PLAIN_TEXT, settled.outcome)
        form = callback.message.form
        body = text_reply(callback.message, settled.text, settled.at // 1000)
        if callback.key is not None:
            now_s = self._intake.now() // 1000
            seal = Seal(
                callback.key, settings.token, settings.appid, now_s, callback.nonce, os.urandom(16)
            )
            body = sealed(form, body, seal)
        return Reply(200, body, CONTENT_TYPES[form], settled.outcome)


def _refused(refused: VoteRefused, cast: Cast, now: int) -> Settled:
    if refused.status >= 500:
        return _try_again(cast.lang, refused.reason, now)
    if refused.reason == "too_many_ballots":
        return Settled(say(cast.lang, "too_many"), refused.reason, now)
    title = cast.voting_round.definition.title.said(cast.lang)
    return Settled(say(cast.lang, "closed", title=title), refused.reason, now)


def _try_again(lang: Lang, outcome: str, now: int) -> Settled:
    return Settled(say(lang, "try_again"), outcome, now, final=False)


def _refusal(refused: BadCallback) -> Reply:
    detail = REFUSALS.get(refused.reason, "this is not a callback that WeChat would send")
    error = {"reason": refused.reason, "field": None, "detail": detail}
    return Reply(refused.status, orjson.dumps({"error": error}), "application/json", refused.reason)
