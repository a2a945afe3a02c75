"""WeChat's servers, played by `wechatpy`: they sign, encrypt, send, decrypt and read the answer."""

import json
import secrets
import time
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp
import xmltodict
from wechatpy import parse_message
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

_numbers = count(time.time_ns())


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the bytes, and the text that a citizen would read."""

    status: int
    body: bytes
    text: str | None


@dataclass
class WeChatServers:
    """One account at one address; `form` is its data format, `crypto` is set in AES mode."""

    url: str
    token: str
    crypto: WeChatCrypto | None = None
    form: str = "xml"

    async def text(
        self, http: aiohttp.ClientSession, openid: str, text: str, **more: Any
    ) -> Answer:
        fields = {"MsgType": "text", "Content": text, "MsgId": next(_numbers)}
        return await self.send(http, openid, **(fields | more))

    async def event(
        self, http: aiohttp.ClientSession, openid: str, event: str, key: str = "", **more: Any
    ) -> Answer:
        fields = {"MsgType": "event", "Event": event, "EventKey": key}
        return await self.send(http, openid, **(fields | more))

    async def send(self, http: aiohttp.ClientSession, openid: str, **fields: Any) -> Answer:
        message = {
            "ToUserName": "gh_county",
            "FromUserName": openid,
            "CreateTime": int(time.time()),
        } | fields
        body, query = self.envelope(self.written(message), openid)
        async with http.post(self.url, params=query, data=body.encode()) as answer:
            return self.read(answer.status, await answer.read(), openid)

    def written(self, fields: dict[str, Any]) -> str:
        if self.form == "json":
            return json.dumps(fields, ensure_ascii=False)
        return str(xmltodict.unparse({"xml": fields}))

    def envelope(self, message: str, openid: str) -> tuple[str, dict[str, str]]:
        """The body and the query of a callback."""
        timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {
            "signature": signature(self.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": openid,
        }
        if self.crypto is None:
            return message, query
        encrypted = PrpCrypto(self.crypto.key).encrypt(message, self.crypto.app_id).decode()
        query["encrypt_type"] = "aes"
        query["msg_signature"] = signature(self.token, timestamp, nonce, encrypted)
        return self.written({"ToUserName": "gh_county", "Encrypt": encrypted}), query

    def read(self, status: int, body: bytes, openid: str) -> Answer:
        if status != 200 or body == b"success":
            return Answer(status, body, None)
        fields = self._fields(body.decode())
        if self.crypto is not None:
            opened = self.crypto.decrypt_message(
                fields, fields["MsgSignature"], str(fields["TimeStamp"]), fields["Nonce"]
            )
            fields = self._fields(opened)
        assert fields["ToUserName"] == openid
        read = parse_message(xmltodict.unparse({"xml": fields}))
        return Answer(status, body, str(read.content))

    def _fields(self, body: str) -> dict[str, Any]:
        return json.loads(body) if self.form == "json" else xmltodict.parse(body)["xml"]


def signature(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)
