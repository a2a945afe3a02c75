"""The web application round a console: the API, its document, the pages, the static files."""

from functools import cache
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler

from dashboards.api.boards.routes import board_routes
from dashboards.api.broadcasts.routes import broadcast_routes
from dashboards.api.console import Console
from dashboards.api.decks.routes import deck_routes
from dashboards.api.groups.routes import group_routes
from dashboards.api.ledgers.routes import ledger_routes
from dashboards.api.marks.cards import card_routes
from dashboards.api.marks.routes import mark_routes
from dashboards.api.preflights.routes import preflight_routes
from dashboards.api.questions.routes import question_routes
from dashboards.api.rounds.routes import round_routes
from dashboards.api.rundowns.routes import rundown_routes
from dashboards.api.sessions.routes import session_routes
from dashboards.api.stages.simulations import simulation_routes
from dashboards.api.system.routes import system_routes
from dashboards.api.system.time import time_routes
from dashboards.api.web.bodies import StrictRequest
from dashboards.api.web.documents import document_routes
from dashboards.api.web.errors import (
    RequestRefused,
    answer_bug,
    answer_http,
    answer_invalid,
    answer_refused,
)
from dashboards.api.web.front import Front
from dashboards.api.web.openapi import describe
from dashboards.api.web.static_files import read_files, static_route
from dashboards.pages.routes import page_routes

# 256 KiB: the example county's file is 15 kB, and a message of the log holds a megabyte; what needs
# more says so itself
BODY_BYTES = 262_144


def api_routes() -> list[HTTPRouteHandler]:
    """Every address of the API."""
    return [
        *broadcast_routes(),
        *round_routes(),
        *board_routes(),
        *mark_routes(),
        *group_routes(),
        *ledger_routes(),
        *preflight_routes(),
        *card_routes(),
        *session_routes(),
        *rundown_routes(),
        *deck_routes(),
        *question_routes(),
        *simulation_routes(),
        *system_routes(),
        *time_routes(),
    ]


@cache
def api_document() -> dict[str, Any]:
    """What the API says of itself: the same for every console."""
    return describe(api_routes())


def application(console: Console) -> Front:
    """Everything that the console answers."""
    handlers: dict[Any, Any] = {
        RequestRefused: answer_refused,
        ValidationException: answer_invalid,
        HTTPException: answer_http,
        Exception: answer_bug,
    }
    pages = [*page_routes(console.config), static_route(read_files())]
    app = Litestar(
        [*api_routes(), *document_routes(api_document()), *pages],
        dependencies={"console": Provide(lambda: console, sync_to_thread=False)},
        exception_handlers=handlers,
        request_class=StrictRequest,
        state=State({"console": console}),
        request_max_body_size=BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    return Front(app, console)
