"""vMix by its web interface: functions and state under `/api/` (vMix help, Web Controller API)."""

import aiohttp
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from streams.stage.config import VmixAddress
from streams.stage.links.link import Unreachable

NAMES = ("number", "key", "title", "shortTitle")


class Vmix:
    """Turns an input's audio on and off (never `Audio`, which toggles), and reads its `muted`."""

    def __init__(self, address: VmixAddress) -> None:
        self._url = f"{address.url.rstrip('/')}/api/"
        self._input = address.input

    async def ask(self, session: aiohttp.ClientSession) -> bool:
        """Read the state."""
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

    async def tell(self, session: aiohttp.ClientSession, is_open: bool) -> bool:
        """Call the function, then read the state back."""
        wanted = {"Function": "AudioOn" if is_open else "AudioOff", "Input": self._input}
        await self._get(session, wanted)
        return await self.ask(session)

    async def _get(self, session: aiohttp.ClientSession, query: dict[str, str]) -> str:
        try:
            async with session.get(self._url, params=query) as answer:
                answer.raise_for_status()
                return await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{self._url}: {error or 'no answer in time'}") from error
