"""The doors as a citizen's side meets them: WeChat's callback, a partner's JSON, the page."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Protocol
from xml.sax.saxutils import escape

import aiohttp

from tribune.demo.citizens import Vote

ACCOUNT = "demo"
PARTNER = "demo"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the demo's WeChat account and partner share with the gateway; new at each start."""

    wechat_token: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)
    partner_secret: str = field(
        default_factory=lambda: "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
        repr=False,
    )

    def environment(self) -> dict[str, str]:
        """The settings that make the gateway know them."""
        return {
            f"TRIBUNE_WECHAT_{ACCOUNT.upper()}_TOKEN": self.wechat_token,
            f"TRIBUNE_WEBHOOK_{PARTNER.upper()}_SECRET": self.partner_secret,
        }


class Door(Protocol):
    """A way to cast a vote; true when the gateway acknowledged that it counts."""

    async def cast(self, vote: Vote) -> bool:
        """Send one vote and read the answer."""
        ...


@dataclass(slots=True)
class WeChatDoor:
    """WeChat's servers: a signed XML text message `<unit number> <choice>` per vote."""

    http: aiohttp.ClientSession
    url: str
    token: str = field(repr=False)
    numbers: dict[str, int]

    async def cast(self, vote: Vote) -> bool:
        """Send the text and look for the receipt in the reply."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(4)
        signed = "".join(sorted([self.token, stamp, nonce]))
        signature = hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 - WeChat's protocol
        query = {"signature": signature, "timestamp": stamp, "nonce": nonce}
        text = f"{self.numbers[vote.unit]} {vote.choice + 1}"
        body = (
            f"<xml><ToUserName>gh_demo</ToUserName><FromUserName>{openid(vote.citizen)}</FromUserName>"
            f"<CreateTime>{stamp}</CreateTime><MsgType>text</MsgType><Content>{escape(text)}</Content>"
            f"<MsgId>{secrets.randbits(62)}</MsgId></xml>"
        )
        async with self.http.post(
            f"{self.url}/wechat/{ACCOUNT}", params=query, data=body
        ) as answer:
            return answer.status == 200 and "回执" in await answer.text()


@dataclass(slots=True)
class PartnerDoor:
    """A partner's app: signed JSON, one ballot a request."""

    http: aiohttp.ClientSession
    url: str
    secret: str = field(repr=False)
    round: str

    async def cast(self, vote: Vote) -> bool:
        """Send the ballot and look for its receipt."""
        ballot = {
            "round": self.round,
            "unit": vote.unit,
            "choice": vote.choice.word,
            "voter": f"demo-partner-{vote.citizen}",
            "voted_at": int(time.time() * 1000),
        }
        body = json.dumps(ballot).encode()
        async with self.http.post(
            f"{self.url}/votes", data=body, headers=sign(self.secret, body)
        ) as answer:
            return answer.status == 200 and "receipt" in await answer.json()


def sign(secret: str, body: bytes) -> dict[str, str]:
    """Sign a body as in the Standard Webhooks specification."""
    message_id, stamp = f"msg_{secrets.token_hex(8)}", str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{stamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
        "x-tribune-partner": PARTNER,
        "content-type": "application/json",
    }


@dataclass(slots=True)
class WebDoor:
    """The public page in a browser: a cookie of its own for each citizen."""

    http: aiohttp.ClientSession
    url: str
    round: str
    cookies: dict[int, str] = field(default_factory=dict)

    async def cast(self, vote: Vote) -> bool:
        """Send the ballot as the page's script does, with the citizen's cookie."""
        ballot = {"round": self.round, "unit": vote.unit, "choice": vote.choice.word}
        headers = {"cookie": self.cookies[vote.citizen]} if vote.citizen in self.cookies else {}
        async with self.http.post(f"{self.url}/vote", json=ballot, headers=headers) as answer:
            for name, cookie in answer.cookies.items():
                self.cookies[vote.citizen] = f"{name}={cookie.value}"
            return answer.status == 200 and "receipt" in await answer.json()


def openid(citizen: int) -> str:
    """A made-up openid of the demo's account."""
    return f"oDemo{citizen:023d}"
