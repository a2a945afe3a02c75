"""Says in plain words what a setting must be."""

from typing import Any

from msgspec import inspect

PATTERNS = {
    "bootstrap": "host:port, or several with commas between",
    "prefix": "up to 64 letters, digits, dots, _ and -",
    "instance": "up to 128 letters, digits, dots, _ and -",
    "url": "an address such as http://127.0.0.1:8123 (OBS: ws://127.0.0.1:4455)",
    "console": "an address such as http://10.0.0.5:8080",
    "address": "an OSC address such as /cue/1/go",
    "secret": "whsec_ and base64, as Standard Webhooks writes it",
    "encoding_aes_key": "the 43 letters and digits of the account's settings page",
    "previous_encoding_aes_key": "the 43 letters and digits of the account's settings page",
    "key": "at least 8 characters; `openssl rand -base64 32` makes a good one",
}

OTHERS: dict[type[inspect.Type], str] = {
    inspect.ListType: "a list of texts",
    inspect.BoolType: "true or false",
}


def expected(wanted: Any, key: str) -> str:
    """Describe the values that a key takes."""
    match inspect.type_info(wanted):
        case inspect.IntType(ge=low, le=high):
            return f"a whole number{_between(low, high)}"
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(map(str, values))}"
        case inspect.StrType(pattern=pattern, min_length=least):
            plain = "a text in quotes that is not empty" if least else "a text in quotes"
            return PATTERNS.get(key, plain) if pattern is not None else plain
        case shape:
            return OTHERS.get(type(shape), "a path in quotes")


def _between(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of {low} or more" if low is not None else ""
