"""PowerPoint files: what a real LibreOffice makes of them, and that it can do nothing else."""

import asyncio
import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from dashboards.decks import store
from dashboards.decks.store import DeckRefused, DeckStore

SLIDES = (Path(__file__).parent.parent / "support" / "slides.pptx").read_bytes()
ODF = "application/vnd.oasis.opendocument.presentation"
RED = (200, 30, 30)
PICTURE_AT = (500, 900)

pytestmark = pytest.mark.asyncio
needs_office = pytest.mark.skipif(
    not shutil.which("soffice") and not os.environ.get("TRIBUNE_REQUIRE_ALL"),
    reason="NO POWERPOINT FILE IS CONVERTED HERE: LibreOffice is not installed "
    "(apt-get install --no-install-recommends libreoffice-impress)",
)


def page(decks: DeckStore, number: int) -> Image.Image:
    return Image.open(io.BytesIO(decks.page("s1", number) or b"")).convert("RGB")


def is_red(picture: Image.Image) -> bool:
    found = picture.getpixel(PICTURE_AT)
    assert isinstance(found, tuple)
    return all(abs(one - other) < 12 for one, other in zip(found, RED, strict=True))


def ink(picture: Image.Image) -> int:
    """How many pixels are dark."""
    return sum(picture.convert("L").histogram()[:64])


def with_picture_at(address: str) -> bytes:
    """The slides, their second page's picture taken from elsewhere."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(SLIDES)) as whole, ZipFile(made, "w") as changed:
        for part in whole.infolist():
            text = whole.read(part)
            if part.filename.endswith("slide2.xml.rels"):
                target = f'Target="{address}" TargetMode="External"'.encode()
                text = text.replace(b'Target="../media/image1.png"', target)
            if part.filename.endswith("slide2.xml"):
                text = text.replace(b"r:embed=", b"r:link=")
            changed.writestr(part.filename, text)
    return made.getvalue()


@needs_office
async def test_powerpoint_slides_become_pictures_with_their_chinese_words(tmp_path: Path) -> None:
    decks = DeckStore(tmp_path)
    deck = await decks.put("s1", "述职.pptx", SLIDES, "operator:1", 5)
    assert (deck.pages, deck.name, deck.bytes) == (2, "述职.pptx", len(SLIDES))
    assert page(decks, 1).size[0] == 2_560
    assert ink(page(decks, 1)) > 20_000
    assert is_red(page(decks, 2))
    assert [path.name for path in tmp_path.iterdir()] == ["s1"]


@needs_office
async def test_slides_cannot_show_a_file_of_the_console_s_machine_or_ask_another(
    tmp_path: Path,
) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    secret = tmp_path / "secret.png"
    Image.new("RGB", (8, 8), RED).save(secret)
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for address in (secret.as_uri(), f"http://127.0.0.1:{port}/x.png"):
            decks = DeckStore(tmp_path / "decks")
            await decks.put("s1", "linked.pptx", with_picture_at(address), "", 1)
            assert not is_red(page(decks, 2))
    assert asked == []


@needs_office
async def test_another_document_that_passes_for_slides_is_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    with ZipFile(made, "w") as document:
        document.writestr("mimetype", ODF)
        document.writestr("content.xml", "<office:document-content/>")
        document.writestr("ppt/presentation.xml", "<p/>")
    with pytest.raises(DeckRefused, match="save the slides as PDF"):
        await DeckStore(tmp_path).put("s1", "other.pptx", made.getvalue(), "", 1)


Office = Callable[[str], Path]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A stand-in for LibreOffice that does what a script says; gives its own folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def made(script: str) -> Path:
        (folder / "soffice").write_text(f"#!/bin/sh\n{script.format(folder=folder)}\n")
        (folder / "soffice").chmod(0o755)
        return folder

    return made


def is_gone(pid: int) -> bool:
    """Whether a process ended; one that nobody waits for yet is over too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_what_takes_too_long_is_ended_with_all_that_it_started(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = office("sleep 300 & echo $! > {folder}/child; wait")
    monkeypatch.setattr(store, "CONVERTED_WITHIN_S", 3.0)
    with pytest.raises(DeckRefused, match="too long"):
        await DeckStore(tmp_path / "decks").put("s1", "slides.pptx", SLIDES, "", 1)
    child = int((folder / "child").read_text())
    async with asyncio.timeout(5):
        while not is_gone(child):
            await asyncio.sleep(0.01)
    assert list((tmp_path / "decks").iterdir()) == []


async def test_the_office_is_bounded_and_told_no_setting_of_ours(
    tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIBUNE_SECRETS_KEY", "hidden")
    folder = office(
        "env > {folder}/env; echo $@ > {folder}/words; cat /proc/self/limits > {folder}/limits; "
        'cat "$HOME"/office/user/registrymodifications.xcu > {folder}/settings'
    )
    with pytest.raises(DeckRefused, match="could not convert"):
        await DeckStore(tmp_path / "decks").put("s1", "slides.pptx", SLIDES, "", 1)
    assert "hidden" not in (folder / "env").read_text()
    settings = (folder / "settings").read_text()
    for what in ("DisableMacrosExecution", "BlockUntrustedRefererLinks"):
        assert f'"{what}" oor:op="fuse"><value>true<' in settings
    limits = (folder / "limits").read_text()
    for what in (r"cpu time +120", rf"address space +{4 << 30}", rf"file size +{1 << 30}"):
        assert re.search(rf"^Max {what} ", limits, re.MULTILINE), what
    assert f"-env:UserInstallation=file://{tmp_path}/decks/.new-" in (folder / "words").read_text()


async def test_slides_that_unpack_to_more_than_slides_need_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_UNPACKED_BYTES", 10_000)
    with pytest.raises(DeckRefused, match="too much for slides"):
        await DeckStore(tmp_path).put("s1", "slides.pptx", SLIDES, "", 1)
