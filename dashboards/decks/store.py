"""The decks on disk: a folder a slot, which is there whole or not at all."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import msgspec
from msgspec import Struct

from dashboards.foreign import open_apart
from schemas.ids import Id, Millis

PDF = b"%PDF-"
PRESENTATION = "ppt/presentation.xml"
# Slides with videos are some hundred MB; a zip may unpack to a thousand times its size
MOST_UNPACKED_BYTES = 1 << 30
# A deck has some hundred parts: twenty a slide, and its pictures
MOST_PARTS = 20_000
# MOST_PAGES at 0.8 s each; the page waits for it (FILE_WITHIN_MS of static/js/command.js)
DRAWN_WITHIN_S = 240.0
# LibreOffice takes seconds to start, and longer for photographs; both times are below
# FILE_WITHIN_MS of static/js/command.js
CONVERTED_WITHIN_S = 120.0
CARD = "deck.json"
NO_OFFICE = (
    "PowerPoint files need LibreOffice on the console's machine, and it is not there: save the "
    "slides as PDF and upload that"
)
NOT_KNOWN = "it is neither a PDF nor a PowerPoint file (.pptx): save the slides as PDF"


class DeckRefused(ValueError):
    """The file is not taken; the text says why and what to do."""


class Deck(Struct, frozen=True):
    """A slot's deck, as it was uploaded and drawn; `version` is its content's."""

    slot: Id
    name: str
    pages: int
    bytes: int
    version: str
    uploaded_at: Millis
    by: str


class DeckStore:
    """Keeps decks below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Lock()

    def find(self, slot: str) -> Deck | None:
        """The deck of a slot, if there is one."""
        try:
            return msgspec.json.decode((self._folder / slot / CARD).read_bytes(), type=Deck)
        except (OSError, msgspec.MsgspecError):
            return None

    def page(self, slot: str, page: int) -> bytes | None:
        """A page's picture (WebP), if there is such a page."""
        try:
            return (self._folder / slot / f"{page}.webp").read_bytes()
        except OSError:
            return None

    def remove(self, slot: str) -> None:
        """Put a deck away."""
        shutil.rmtree(self._folder / slot, ignore_errors=True)

    async def put(self, slot: str, name: str, content: bytes, by: str, now: int) -> Deck:
        """Check a file, draw its pages, and put it in the place of the slot's deck.

        Raises:
            DeckRefused: it cannot be shown.
        """
        # one at a time: drawing takes up to MEMORY_BYTES of dashboards.decks.draw each
        async with self._turn:
            self._folder.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=".new-", dir=self._folder))
            try:
                source = await _as_pdf(content, work)
                drawn = work / "drawn"
                drawn.mkdir()
                pages = await _drawn(source, drawn)
                # 64 bits: no two of an evening's decks have the same, and it stands in addresses
                version = sha256(content).hexdigest()[:16]
                deck = Deck(slot, name, pages, len(content), version, now, by)
                (drawn / CARD).write_bytes(msgspec.json.encode(deck))
                # a folder that is not empty cannot be replaced: for a moment the slot has no deck
                self.remove(slot)
                drawn.rename(self._folder / slot)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        return deck


async def _as_pdf(content: bytes, work: Path) -> Path:
    source = work / "deck.pdf"
    # readers look for it in the first 1,024 bytes (Adobe's implementation note 13)
    if PDF in content[:1_024]:
        source.write_bytes(content)
        return source
    await asyncio.to_thread(_check_slides, content)
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise DeckRefused(NO_OFFICE)
    slides = work / "deck.pptx"
    slides.write_bytes(content)
    command = (sys.executable, "-m", "dashboards.decks.office", office, str(slides))
    await _run(command, CONVERTED_WITHIN_S)
    if not source.exists():
        raise DeckRefused("LibreOffice could not convert it: save the slides as PDF")
    return source


def _check_slides(content: bytes) -> None:
    """Look into a PowerPoint file before an office opens it.

    Raises:
        DeckRefused: it is none, or unpacks to more than slides need.
    """
    try:
        parts = ZipFile(BytesIO(content)).infolist()
    except (BadZipFile, ValueError, OSError):
        raise DeckRefused(NOT_KNOWN) from None
    if PRESENTATION not in {part.filename for part in parts}:
        raise DeckRefused(NOT_KNOWN)
    if sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES or len(parts) > MOST_PARTS:
        raise DeckRefused("it holds too much for slides: save them as PDF")


async def _drawn(source: Path, folder: Path) -> int:
    command = (sys.executable, "-m", "dashboards.decks.draw", str(source), str(folder))
    told = await _run(command, DRAWN_WITHIN_S)
    try:
        answer = json.loads(told)
    except ValueError:
        raise DeckRefused("its pages cannot be drawn: export it again as PDF") from None
    if "problem" in answer:
        raise DeckRefused(answer["problem"])
    return int(answer["pages"])


async def _run(command: Sequence[str], within_s: float) -> bytes:
    try:
        return await open_apart(command, within_s)
    except TimeoutError:
        raise DeckRefused("it takes too long to draw: make it smaller") from None
