"""JSON bodies, read strictly: a number in quotes is no number, deep nesting no body."""

import re
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException

from schemas.wire import without_content

BODY_WITHIN_S = 10.0
"""For files that are read whole, as at the gateway (HttpLimits): 2 MB at 2 Mbit/s take 8 s."""

WHERE = re.compile(r" - at `\$\.?(.+)`$")


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body has the very types of its handler's `data`."""

    async def json(self) -> Any:
        """The body, parsed and of the right shape; the framework by itself takes "5" for 5.

        Raises:
            ValidationException: it is no JSON, or another shape; it names the field.
        """
        field = self.route_handler.parsed_data_field
        try:
            parsed = msgspec.json.decode(await self.body())
            if field is not None:
                msgspec.convert(parsed, field.annotation, str_keys=True)
        except RecursionError:
            raise _refused("it is nested too deeply") from None
        except msgspec.DecodeError as error:
            raise _refused(without_content(str(error))) from None
        return parsed


def _refused(message: str) -> ValidationException:
    where = WHERE.search(message)
    key = where[1] if where else "data"
    return ValidationException(extra=[{"key": key, "message": WHERE.sub("", message)}])
