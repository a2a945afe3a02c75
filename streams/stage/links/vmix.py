"""vMix by its web interface: functions and state under `/api/` (vMix help, Web Controller API)."""

import asyncio

import aiohttp
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from streams.stage.config import VmixAddress
from streams.stage.links.link import Heard, Unreachable

LOOK_S = 0.5
WITHIN_S = 2.0
NAMES = ("number", "key", "title", "shortTitle")


class Vmix:
    """Turns an input's audio on and off (never `Audio`, which toggles), and reads its `muted`."""

    def __init__(self, address: VmixAddress) -> None:
        self.problem: str | None = "was not asked yet"
        self._url = f"{address.url.rstrip('/')}/api/"
        self._input = address.input
        self._session: aiohttp.ClientSession | None = None
        self._heard: Heard | None = None
        self._orders = 0

    async def run(self, heard: Heard) -> None:
        """Ask how it stands, again and again; an answer older than an order does not count."""
        timeout = aiohttp.ClientTimeout(total=WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            self._session, self._heard = session, heard
            while True:
                orders = self._orders
                try:
                    is_open = await self._read(session)
                except Unreachable as error:
                    self.problem = str(error)
                    heard(None)
                else:
                    self.problem = None
                    if orders == self._orders:
                        heard(is_open)
                await asyncio.sleep(LOOK_S)

    async def order(self, is_open: bool) -> None:
        """Call the function, then read the state back."""
        if self._session is None or self._heard is None:
            raise Unreachable("is not started")
        self._orders += 1
        wanted = {"Function": "AudioOn" if is_open else "AudioOff", "Input": self._input}
        await self._get(self._session, wanted)
        self._heard(await self._read(self._session))

    async def _read(self, session: aiohttp.ClientSession) -> bool:
        text = await self._get(session, {})
        try:
            inputs = fromstring(text, forbid_dtd=True).iter("input")
            found = next(each for each in inputs if self._input in map(each.get, NAMES))
            return found.attrib["muted"].lower() != "true"
        except StopIteration:
            raise Unreachable(f"has no input {self._input!r}") from None
        except KeyError:
            raise Unreachable(f"its input {self._input!r} has no audio") from None
        except (ParseError, DefusedXmlException) as error:
            raise Unreachable(f"{self._url} is no vMix: {error}") from error

    async def _get(self, session: aiohttp.ClientSession, query: dict[str, str]) -> str:
        try:
            async with session.get(self._url, params=query) as answer:
                answer.raise_for_status()
                return await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{self._url}: {error or 'no answer in time'}") from error
