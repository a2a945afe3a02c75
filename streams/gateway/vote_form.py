"""Reads what the vote page sends: a form, or JSON with the same three fields."""

from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
# Our own page sends four
MOST_FIELDS = 20


class VoteForm(Struct, frozen=True, forbid_unknown_fields=True):
    """The ids of round and unit, and the choice's word."""

    # 64 as schemas.ids
    round: Annotated[str, Meta(max_length=64)]
    unit: Annotated[str, Meta(max_length=64)]
    choice: Annotated[str, Meta(max_length=64)]


class BadForm(ValueError):
    """What is wrong with a form; the text quotes no content."""


def read_form(body: bytes, *, is_json: bool) -> VoteForm:
    """Read a body.

    Raises:
        BadForm: not JSON or not a form, or a field is missing, of another type, or not known.
    """
    try:
        if is_json:
            return msgspec.json.decode(body, type=VoteForm)
        return msgspec.convert(read_fields(body.decode()), VoteForm)
    except msgspec.ValidationError:
        raise BadForm("send round, unit and choice, each a text, and nothing else") from None
    except (ValueError, RecursionError):
        raise BadForm("send a form, or JSON, in UTF-8") from None


def read_fields(text: str) -> dict[str, str]:
    """The fields of a form or of an address; of several of one name the first.

    Raises:
        ValueError: more fields than any page of ours sends.
    """
    fields: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS):
        fields.setdefault(name, value)
    return fields
