"""Draws a PDF's pages as pictures, in a process of its own: `python -m dashboards.decks.draw`.

What is uploaded is foreign, and a drawing engine is large: it gets a bounded memory and time, and
takes nothing with it when it fails.
"""

import json
import resource
import sys
from pathlib import Path

import pypdfium2 as pdfium

# What the widest of walls show (docs/decisions/0016); twice of it is four times the bytes
LONGEST_SIDE = 2_560
# Small letters on white stay clean (docs/decisions/0016)
QUALITY = 88
# A page is 2,560 x 1,440 x 4 bytes = 15 MB; the rest is for PDFium and pictures of cameras
MEMORY_BYTES = 2 << 30
# As long as DRAWN_WITHIN_S of dashboards.decks.store, for who sleeps as well as for who works
CPU_S = 240
# Five minutes are twenty pages; a book that was uploaded by mistake is one
MOST_PAGES = 300


class NoDeck(ValueError):
    """The file cannot be shown; the text says why and what to do."""


def draw(source: Path, folder: Path) -> int:
    """Draw every page to `folder` as 1.webp, 2.webp, ...; returns how many.

    Raises:
        NoDeck: it is no PDF that can be shown.
    """
    document = _opened(source)
    pages = len(document)
    if not 1 <= pages <= MOST_PAGES:
        raise NoDeck(f"it has {pages} pages; 1 to {MOST_PAGES} can be shown")
    for number in range(pages):
        _draw_page(document, number, folder / f"{number + 1}.webp")
    return pages


def _opened(source: Path) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(source)
        document.init_forms()
        return document
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise NoDeck("it asks for a password: save it without one") from None
        raise NoDeck("it is no PDF that can be opened: export it again") from None


def _draw_page(document: pdfium.PdfDocument, number: int, target: Path) -> None:
    try:
        page = document[number]
        longest = max(page.get_size())
        if longest <= 0:
            raise NoDeck(f"page {number + 1} has no size")
        picture = page.render(scale=LONGEST_SIDE / longest).to_pil()
    except pdfium.PdfiumError:
        raise NoDeck(f"page {number + 1} cannot be drawn: export the deck again") from None
    picture.convert("RGB").save(target, "WEBP", quality=QUALITY, method=2)


def main(arguments: list[str]) -> int:
    """Draw, and say on standard output what came of it, as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    source, folder = map(Path, arguments)
    try:
        sys.stdout.write(json.dumps({"pages": draw(source, folder)}))
    except NoDeck as refusal:
        sys.stdout.write(json.dumps({"problem": str(refusal)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
