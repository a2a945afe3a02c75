"""Writes answers as WeChat wants them: a text in XML or JSON, encrypted when the message was."""

import re
from typing import NamedTuple

import orjson

from streams.gateway.wechat.crypto import encrypt
from streams.gateway.wechat.parse import Form, Message
from streams.gateway.wechat.signature import sign

CONTENT_TYPES: dict[Form, str] = {
    "xml": "application/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}

# XML 1.0, 2.2: characters that no document may hold, however written.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Seal(NamedTuple):
    """What an encrypted answer is made with; `timestamp` is in seconds."""

    key: bytes
    token: str
    appid: str
    timestamp: int
    nonce: str
    random16: bytes


def text_reply(message: Message, text: str, created_s: int) -> bytes:
    """A text for the sender of a message, in the message's own form."""
    fields: dict[str, str | int] = {
        "ToUserName": message.sender,
        "FromUserName": message.account,
        "CreateTime": created_s,
        "MsgType": "text",
        "Content": text,
    }
    return _write(message.form, fields)


def sealed(form: Form, plain: bytes, seal: Seal) -> bytes:
    """An answer, encrypted and signed."""
    encrypted = encrypt(plain, seal.key, seal.appid, seal.random16)
    signature = sign(seal.token, str(seal.timestamp), seal.nonce, encrypted)
    fields: dict[str, str | int] = {
        "Encrypt": encrypted,
        "MsgSignature": signature,
        "TimeStamp": seal.timestamp,
        "Nonce": seal.nonce,
    }
    return _write(form, fields)


def _write(form: Form, fields: dict[str, str | int]) -> bytes:
    if form == "json":
        return orjson.dumps(fields)
    parts = [f"<{name}>{_escaped(value)}</{name}>" for name, value in fields.items()]
    return f"<xml>{''.join(parts)}</xml>".encode()


def _escaped(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    kept = NOT_XML.sub("", value).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{kept}]]>"
