"""The API's own document, OpenAPI 3.1: its paths from the routes, its shapes from the types.

The framework's shapes of structs are replaced by msgspec's, which say what is forbidden
(`additionalProperties`) and how a union is told apart (`discriminator`).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme, Server

from agents.reducers.boards import KINDS
from dashboards.api.marks.shapes import MARK_SHAPES
from dashboards.api.rundowns.spreadsheets import XLSX
from dashboards.api.sessions.shapes import SESSION_SHAPES
from dashboards.api.stages.simulations import Simulation, SimulationOrder
from dashboards.api.web.errors import Error
from dashboards.api.web.shapes import (
    BroadcastSummary,
    ConsoleSettings,
    Health,
    LoadedBroadcast,
    LoadReport,
    RoundStanding,
    Time,
)
from dashboards.decks.store import Deck
from schemas.broadcasts import Broadcast
from schemas.preflights import Preflight

VERSION = "1.0.0"
SHAPES = (
    *(kind.shape for kind in KINDS.values()),
    Broadcast,
    BroadcastSummary,
    ConsoleSettings,
    Deck,
    Error,
    Health,
    LoadReport,
    LoadedBroadcast,
    RoundStanding,
    Preflight,
    Simulation,
    SimulationOrder,
    Time,
    *MARK_SHAPES,
    *SESSION_SHAPES,
)
REF = "#/components/schemas/{name}"
FULFILLED = "Request fulfilled, document follows"
FRAMEWORKS_OWN = "Bad request syntax or unsupported method"
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "upload_deck": (
        "The slides: PDF, or a PowerPoint file (.pptx) where LibreOffice is installed.",
        {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    ),
    "load_broadcast": (
        "A broadcast file; times also as ISO 8601 with an offset.",
        {"application/yaml": {"schema": {"$ref": REF.format(name="Broadcast")}}},
    ),
    "change_rundown": (
        "The whole running order: as JSON, or a table with headings in Chinese or English.",
        {
            "application/json": {"schema": {"$ref": REF.format(name="RundownOrder")}},
            "text/csv": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    ),
}


ANSWERS: dict[str, dict[str, Any]] = {
    "read_rundown": {
        "application/json": {"schema": {"$ref": REF.format(name="Rundown")}},
        "text/csv": {"schema": {"type": "string"}},
        XLSX: {"schema": {"type": "string", "format": "binary"}},
    },
}


def describe(routes: Sequence[HTTPRouteHandler]) -> dict[str, Any]:
    """Describe routes; those that say `include_in_schema=False` stay out."""
    described = Litestar(
        routes,
        dependencies={"console": Provide(lambda: None, sync_to_thread=False)},
        openapi_config=_config(),
        logging_config=None,
    )
    document = described.openapi_schema.to_schema()
    _, shapes = msgspec.json.schema_components(SHAPES, ref_template=REF)
    document["components"]["schemas"] = shapes
    for path in document["paths"].values():
        for operation in path.values():
            _mend(operation)
    return document


def _config() -> OpenAPIConfig:
    bearer = SecurityScheme(
        type="http",
        scheme="bearer",
        bearer_format="JWT",
        description="`tribune token ROLE` prints one.",
    )
    return OpenAPIConfig(
        title="Tribune console",
        version=VERSION,
        description="Loads broadcasts, opens and closes rounds, runs presentations by the "
        "rundown, takes evaluators' marks, and serves the latest boards.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(security_schemes={"bearer": bearer}),
        use_handler_docstrings=True,
        servers=[Server(url="/")],
    )


def _mend(operation: dict[str, Any]) -> None:
    summary, _, description = operation.pop("description").partition("\n\n")
    operation["summary"] = summary.rstrip(".")
    if description:
        operation["description"] = " ".join(description.split())
    if body := BODIES.get(operation["operationId"]):
        says, content = body
        operation["requestBody"] = {"required": True, "description": says, "content": content}
    if answers := ANSWERS.get(operation["operationId"]):
        operation["responses"]["200"]["content"] = answers
    for status, answer in list(operation["responses"].items()):
        if answer["description"] == FRAMEWORKS_OWN:
            del operation["responses"][status]
        elif answer["description"] == FULFILLED:
            answer["description"] = f"{operation['summary']}."
        if status == "304":
            answer.pop("content", None)
