"""The operator's side of the demo: loads the county, opens and closes the round by the console."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

ROUND = "satisfaction-2026"
PLACES = (
    Path(__file__).parent / "county.yaml",
    Path(__file__).parents[2] / "examples" / "county" / "county.yaml",
)


def county() -> dict[str, Any]:
    """The example county's broadcast, as its file says it."""
    path = next(place for place in PLACES if place.exists())
    return yaml.safe_load(path.read_text(encoding="utf-8"))


class CannotPlay(RuntimeError):
    """The evening cannot go on; the text says why."""


@dataclass(slots=True)
class Operator:
    """A client of the console's API with an operator's token."""

    http: aiohttp.ClientSession
    url: str
    token: str = field(repr=False)

    async def rounds(self) -> dict[str, str]:
        """Every round's status by its id."""
        async with self.http.get(f"{self.url}/api/rounds") as answer:
            answer.raise_for_status()
            return {entry["id"]: entry["status"] for entry in await answer.json()}

    async def load(self, broadcast: dict[str, Any]) -> None:
        """Load a broadcast; loading the same again changes nothing."""
        await self._post("/api/broadcasts", json.dumps(broadcast, ensure_ascii=False).encode())

    async def open(self, round_id: str) -> None:
        """Open a round."""
        await self._post(f"/api/rounds/{round_id}/open", b"")

    async def close(self, round_id: str) -> None:
        """Close a round."""
        await self._post(f"/api/rounds/{round_id}/close", b"")

    async def _post(self, path: str, body: bytes) -> None:
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/yaml"}
        async with self.http.post(self.url + path, data=body, headers=headers) as answer:
            if answer.status >= 400:
                raise CannotPlay(f"the console refused {path}: {await answer.text()}")


async def ready_round(operator: Operator, *, fresh: bool) -> tuple[str, dict[str, Any]]:
    """Load the county and open a round to vote in; `fresh` asks for one without any ballot.

    A round that is final stays as it is: the evening goes on in a further one.

    Returns:
        The round's id, and the broadcast.
    """
    known, broadcast = await operator.rounds(), county()
    first = broadcast["rounds"][0]
    usable = ("loaded",) if fresh else ("loaded", "open", "closed")
    names = [ROUND, *(f"{ROUND}-{number}" for number in range(2, len(known) + 3))]
    chosen = next(name for name in names if known.get(name, "loaded") in usable)
    broadcast["rounds"] += [_again(first, name) for name in names[1 : names.index(chosen) + 1]]
    await operator.load(broadcast)
    if known.get(chosen) != "open":
        await operator.open(chosen)
    return chosen, broadcast


def _again(first: dict[str, Any], name: str) -> dict[str, Any]:
    number = name.rsplit("-", 1)[1]
    title = {lang: f"{words} ({number})" for lang, words in first["title"].items()}
    return {**first, "id": name, "title": title}
