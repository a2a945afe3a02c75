"""Takes a callback's body apart: XML or JSON, an envelope with ciphertext or a bare message.

Whatever a peer sends, the outcome is a message or a `BadCallback` with a word for it.
"""

from dataclasses import dataclass, field
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError

import orjson
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from schemas.ids import LATEST_MS

Form = Literal["xml", "json"]

# As HttpLimits.body_bytes; here again, since what was decrypted comes this way too
BODY_BYTES = 64 * 1024
# An openid has 28 characters, a MsgId 19 digits
NAME_CHARS = 128
# As long as an answer may be (chat.REPLY_BYTES); the grammar reads only its first LONGEST_TEXT
TEXT_CHARS = 2_048
# No message of the log may have a later time (schemas.ids.Millis)
LATEST_S = LATEST_MS // 1000


class BadCallback(Exception):
    """A request that is refused: the HTTP status, and a word for the counters and the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """A citizen's message or event.

    `sender` is the openid; `kind` is the MsgType; `created_s` is the CreateTime in seconds; `text`
    is set for texts, `event` (in lower case) and `event_key` for events.
    """

    form: Form
    account: str = field(repr=False)
    sender: str = field(repr=False)
    created_s: int
    kind: str
    text: str = field(repr=False)
    event: str
    event_key: str
    message_id: str = field(repr=False)

    @property
    def created_at(self) -> int:
        """When it was made, ms; WeChat tells it to the second."""
        return self.created_s * 1000


def read_fields(body: bytes) -> tuple[Form, dict[str, Any]]:
    """Read the fields of a body; JSON starts with a brace, all else must be XML.

    Raises:
        BadCallback: too large, not UTF-8, or neither XML nor JSON of the right shape.
    """
    if len(body) > BODY_BYTES:
        raise BadCallback(413, "body_too_large")
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise BadCallback(400, "not_utf8") from None
    return ("json", _read_json(text)) if text.startswith("{") else ("xml", _read_xml(text))


def _read_json(text: str) -> dict[str, Any]:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadCallback(400, "bad_json") from None


def _read_xml(text: str) -> dict[str, Any]:
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        raise BadCallback(400, "forbidden_xml") from None
    except (ParseError, ValueError, LookupError):
        raise BadCallback(400, "bad_xml") from None
    if root.tag != "xml":
        raise BadCallback(400, "bad_xml")
    return {child.tag: child.text or "" for child in root if not len(child)}


def read_message(form: Form, fields: dict[str, Any]) -> Message:
    """Give fields the shape of a message.

    Raises:
        BadCallback: a field is missing, or not what it must be.
    """
    kind = _text(fields, "MsgType", NAME_CHARS).strip().lower()
    sender = _text(fields, "FromUserName", NAME_CHARS).strip()
    if not kind or not sender:
        raise BadCallback(400, "missing_field")
    return Message(
        form=form,
        account=_text(fields, "ToUserName", NAME_CHARS).strip(),
        sender=sender,
        created_s=_seconds(fields.get("CreateTime")),
        kind=kind,
        text=_text(fields, "Content", BODY_BYTES)[:TEXT_CHARS] if kind == "text" else "",
        event=_text(fields, "Event", NAME_CHARS).strip().lower() if kind == "event" else "",
        event_key=_text(fields, "EventKey", TEXT_CHARS).strip() if kind == "event" else "",
        message_id=_text(fields, "MsgId", NAME_CHARS).strip(),
    )


def _text(fields: dict[str, Any], name: str, most_chars: int) -> str:
    value = fields.get(name, "")
    if type(value) is int:
        value = str(value)
    if type(value) is not str or len(value) > most_chars:
        raise BadCallback(400, "bad_field")
    return value


def _seconds(value: Any) -> int:
    # `int` of a text that a stranger made long takes long
    if type(value) is str and value.strip().isdecimal() and len(value) <= 16:
        value = int(value)
    if type(value) is not int or not 0 < value < LATEST_S:
        raise BadCallback(400, "bad_time")
    return value


def ciphertext_of(fields: dict[str, Any]) -> str:
    """The ciphertext of an envelope.

    Raises:
        BadCallback: there is none.
    """
    encrypted = _text(fields, "Encrypt", BODY_BYTES).strip()
    if not encrypted:
        raise BadCallback(400, "missing_ciphertext")
    return encrypted
