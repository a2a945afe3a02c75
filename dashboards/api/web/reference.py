"""Renders an OpenAPI document as one page: no script, no internet, searchable by the browser."""

import json
from html import escape
from itertools import groupby
from typing import Any

PLACES = {
    "broadcast_id": "county-2026",
    "round_id": "satisfaction-2026",
    "board": "satisfaction:satisfaction-2026",
    "slot_id": "s1",
    "group_id": "departments",
    "name": "all",
}
METHODS = ("get", "post", "put", "delete")
BOUNDS = {"minimum": "&ge;", "maximum": "&le;", "exclusiveMaximum": "&lt;"}


def render(document: dict[str, Any]) -> str:
    """The whole page."""
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]
    sections = [
        f'<section><h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(map(_operation, group))}'
        "</section>"
        for tag, group in groupby(operations, key=lambda entry: entry[2]["tags"][0])
    ]
    shapes = sorted(document["components"]["schemas"].items())
    articles = "".join(_shape(name, shape) for name, shape in shapes)
    return (
        f"{_head(document)}{_contents(operations)}<main>{''.join(sections)}"
        f'<section><h2 id="shapes">shapes</h2>{articles}</section></main></body></html>'
    )


def _head(document: dict[str, Any]) -> str:
    info = document["info"]
    token = document["components"]["securitySchemes"]["bearer"]["description"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}: API</title>"
        '<link rel="stylesheet" href="/docs/reference.css"></head><body>'
        f"<header><h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
        f"<p>Whoever writes sends <code>Authorization: Bearer TOKEN</code>; {_code(token)} "
        "Times are integer milliseconds since the epoch, UTC. Every answer of 400 and above has "
        'the form <a href="#Error">Error</a>. For programs: '
        '<a href="/api/openapi.json">openapi.json</a>.</p></header>'
    )


def _contents(operations: list[tuple[str, str, dict[str, Any]]]) -> str:
    entries = "".join(
        f'<li><a href="#{operation["operationId"]}">{_verb(method)} <code>{escape(path)}</code>'
        f"</a> {escape(operation['summary'])}</li>"
        for method, path, operation in operations
    )
    return f"<nav><ul>{entries}</ul></nav>"


def _operation(entry: tuple[str, str, dict[str, Any]]) -> str:
    method, path, operation = entry
    description = operation.get("description", "")
    roles = [role for way in operation.get("security", ()) for role in way.get("bearer", ())]
    needs = f"<p>Needs a token of the role <b>{escape(', '.join(roles))}</b>.</p>" if roles else ""
    return (
        f'<article id="{operation["operationId"]}"><h3>{_verb(method)} '
        f"<code>{escape(path)}</code></h3><p><b>{escape(operation['summary'])}.</b> "
        f"{_code(description)}</p>{needs}<pre>{escape(_curl(method, path, operation))}</pre>"
        f"{_parameters(operation)}{_body(operation)}{_answers(operation)}</article>"
    )


def _curl(method: str, path: str, operation: dict[str, Any]) -> str:
    for name, example in PLACES.items():
        path = path.replace(f"{{{name}}}", example)
    parts = ["curl"]
    if method != "get":
        parts.append(f"-X {method.upper()}")
    if operation.get("security"):
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if body := operation.get("requestBody"):
        media_type = next(iter(body["content"]))
        kind = media_type.rsplit("/", 1)[1]
        parts.append(f'-H "Content-Type: {media_type}" --data-binary @body.{kind}')
    return " ".join([*parts, f"http://127.0.0.1:8080{path}"])


def _parameters(operation: dict[str, Any]) -> str:
    rows = [
        (f"<code>{escape(found['name'])}</code>", found["in"], _code(found.get("description", "")))
        for found in operation.get("parameters", ())
    ]
    return _table(("parameter", "in", ""), rows)


def _body(operation: dict[str, Any]) -> str:
    body = operation.get("requestBody")
    if body is None:
        return ""
    kinds = [
        f"{_type(content['schema'])} as {escape(media_type)}"
        for media_type, content in body["content"].items()
    ]
    return f"<p>Body: {', or '.join(kinds)}. {escape(body.get('description', ''))}</p>"


def _answers(operation: dict[str, Any]) -> str:
    rows = []
    for status, answer in sorted(operation["responses"].items()):
        content = answer.get("content", {})
        kinds = [_type(found["schema"]) for found in content.values() if "schema" in found]
        rows.append((f"<b>{status}</b>", " ".join(kinds), escape(answer["description"])))
    return _table(("status", "shape", ""), rows)


def _shape(name: str, shape: dict[str, Any]) -> str:
    required = shape.get("required", ())
    rows = [
        (
            f"<code>{escape(field)}</code>",
            _type(kind),
            "" if field in required else f"default {_value(kind.get('default'))}",
        )
        for field, kind in shape.get("properties", {}).items()
    ]
    strict = shape.get("additionalProperties") is False
    note = " No other fields are allowed." if strict else ""
    return (
        f'<article id="{escape(name)}"><h3>{escape(name)}</h3>'
        f"<p>{_code(shape.get('description', ''))}{note}</p>"
        f"{_table(('field', 'type', ''), rows)}</article>"
    )


def _type(kind: dict[str, Any]) -> str:
    match kind:
        case {"$ref": ref}:
            name = escape(ref.rsplit("/", 1)[1])
            words = f'<a href="#{name}">{name}</a>'
        case {"anyOf": choices}:
            words = " or ".join(map(_type, choices))
        case {"enum": values}:
            words = " | ".join(map(_value, values))
        case {"prefixItems": items}:
            words = f"[{', '.join(map(_type, items))}]"
        case {"items": dict() as item}:
            words = f"list of {_type(item)}"
        case {"additionalProperties": dict() as values}:
            words = f"map to {_type(values)}"
        case _:
            bounds = [f"{sign} {kind[name]}" for name, sign in BOUNDS.items() if name in kind]
            words = " ".join([escape(str(kind.get("type", "any"))), *bounds])
    return words


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    cells = "".join(f"<th>{name}</th>" for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"


def _verb(method: str) -> str:
    return f'<span class="verb {method}">{method.upper()}</span>'


def _value(value: Any) -> str:
    return f"<code>{escape(json.dumps(value, ensure_ascii=False))}</code>"


def _code(text: str) -> str:
    """Escaped, with what stands in backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
