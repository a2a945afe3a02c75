"""Opens a callback: who signed it, how fresh it is, and what it says."""

from typing import NamedTuple

from streams.gateway.wechat.account import WeChatAccount
from streams.gateway.wechat.crypto import decrypt
from streams.gateway.wechat.parse import (
    BadCallback,
    Message,
    ciphertext_of,
    read_fields,
    read_message,
)
from streams.gateway.wechat.signature import is_signed

# WeChat's servers keep time; five minutes are the custom of signed webhooks
# (streams.signatures.FRESH_S), and our own clock may be off by that much
FRESH_MS = 300_000
# A signature has 40 characters, a nonce and an `echostr` some twenty
PARAMETER_CHARS = 256


class Callback(NamedTuple):
    """A message, and what its answer needs: the nonce, and the AES key when it was encrypted."""

    message: Message
    nonce: str
    key: bytes | None


def echo(account: WeChatAccount, query: dict[str, str]) -> str:
    """What the verification of the address is answered with.

    Raises:
        BadCallback: the signature is not the account's.
    """
    _check_parameters(query)
    _check(query.get("signature", ""), *_signed_parts(account, query))
    return query.get("echostr", "")


def open_callback(account: WeChatAccount, query: dict[str, str], body: bytes, now: int) -> Callback:
    """Check and read a POST that arrives at `now` (ms).

    Raises:
        BadCallback: not signed by WeChat for this account, stale, or not readable.
    """
    _check_parameters(query)
    if query.get("encrypt_type", "").lower() == "aes":
        callback = _open_encrypted(account, query, body, now)
    else:
        callback = _open_plain(account, query, body, now)
    if callback.message.created_at > now + FRESH_MS:
        raise BadCallback(400, "bad_time")
    return callback


def _open_plain(account: WeChatAccount, query: dict[str, str], body: bytes, now: int) -> Callback:
    _check(query.get("signature", ""), *_signed_parts(account, query))
    if account.aes_only:
        raise BadCallback(401, "plain_not_accepted")
    _check_fresh(query, now)
    return Callback(read_message(*read_fields(body)), query.get("nonce", ""), None)


def _open_encrypted(
    account: WeChatAccount, query: dict[str, str], body: bytes, now: int
) -> Callback:
    signature = query.get("msg_signature", "")
    if not signature:
        raise BadCallback(401, "bad_signature")
    _, envelope = read_fields(body)
    encrypted = ciphertext_of(envelope)
    _check(signature, *_signed_parts(account, query), encrypted)
    _check_fresh(query, now)
    opened = decrypt(encrypted, account.keys, account.appid)
    if opened is None:
        raise BadCallback(400, "undecipherable" if account.keys else "no_aes_key")
    return Callback(read_message(*read_fields(opened.message)), query.get("nonce", ""), opened.key)


def _signed_parts(account: WeChatAccount, query: dict[str, str]) -> tuple[str, str, str]:
    return account.token, query.get("timestamp", ""), query.get("nonce", "")


def _check(signature: str, *parts: str) -> None:
    if not is_signed(signature, *parts):
        raise BadCallback(401, "bad_signature")


def _check_fresh(query: dict[str, str], now: int) -> None:
    timestamp = query.get("timestamp", "")
    # `int` of a text that a stranger made long takes long; 16 digits are 300 million years
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 16):
        raise BadCallback(400, "bad_time")
    if abs(now - int(timestamp) * 1000) > FRESH_MS:
        raise BadCallback(401, "stale")


def _check_parameters(query: dict[str, str]) -> None:
    if any(len(value) > PARAMETER_CHARS for value in query.values()):
        raise BadCallback(400, "parameter_too_long")
