"""Slide decks as people upload them: drawn whole, or refused with what to do."""

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from dashboards.decks.store import DeckRefused, DeckStore

pytestmark = pytest.mark.asyncio


def pdf(pages: int) -> bytes:
    """A deck of so many pages, each of its own colour."""
    drawn = [Image.new("RGB", (320, 180), (40 * page, 90, 120)) for page in range(pages)]
    made = io.BytesIO()
    drawn[0].save(made, "PDF", save_all=True, append_images=drawn[1:])
    return made.getvalue()


def powerpoint() -> bytes:
    made = io.BytesIO()
    with ZipFile(made, "w") as slides:
        slides.writestr("ppt/presentation.xml", "<p/>")
    return made.getvalue()


async def test_every_page_of_a_deck_is_a_picture(tmp_path: Path) -> None:
    decks = DeckStore(tmp_path)
    deck = await decks.put("s1", "housing.pdf", pdf(3), "operator:1", 5)
    assert (deck.pages, deck.name, decks.find("s1")) == (3, "housing.pdf", deck)
    sizes = [Image.open(io.BytesIO(decks.page("s1", page) or b"")).size for page in (1, 2, 3)]
    assert sizes == [(2_560, 1_440)] * 3
    assert decks.page("s1", 4) is None


async def test_a_new_deck_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    decks = DeckStore(tmp_path)
    await decks.put("s1", "old.pdf", pdf(3), "", 1)
    await decks.put("s1", "new.pdf", pdf(1), "", 2)
    found = decks.find("s1")
    assert found is not None
    assert (found.name, decks.page("s1", 2)) == ("new.pdf", None)
    assert [path.name for path in tmp_path.iterdir()] == ["s1"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither a PDF"),
        (b"hello", "neither a PDF"),
        (b"%PDF-1.7 and then nothing", "no PDF that can be opened"),
        (pdf(2)[:200], "no PDF that can be opened"),
    ],
)
async def test_what_is_no_deck_is_refused_and_the_old_one_stays(
    tmp_path: Path, content: bytes, why: str
) -> None:
    decks = DeckStore(tmp_path)
    old = await decks.put("s1", "old.pdf", pdf(1), "", 1)
    with pytest.raises(DeckRefused, match=why):
        await decks.put("s1", "bad.pdf", content, "", 2)
    assert decks.find("s1") == old


async def test_powerpoint_without_an_office_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DeckRefused, match="save the slides as PDF"):
        await DeckStore(tmp_path).put("s1", "slides.pptx", powerpoint(), "", 1)
