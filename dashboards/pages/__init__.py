"""The pages that the console serves: the front page, the board, the overlay."""

from dashboards.pages.routes import PagesConfig, page_routes

__all__ = ["PagesConfig", "page_routes"]
