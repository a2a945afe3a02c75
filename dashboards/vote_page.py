"""The public vote page, drawn for the gateway: one document, a plain form without JavaScript."""

from dashboards.pages.template import fill, read
from dashboards.words import words
from streams.gateway.pages import VoteView


class Pages:
    """Draws the vote page (streams.gateway.pages.VotePages)."""

    def vote(self, view: VoteView) -> bytes:
        """Give the page as UTF-8 HTML."""
        return fill(read("vote.html"), words(view.lang) | {"lang": view.lang}).encode()
