"""An official account as its console at mp.weixin.qq.com and the settings know it."""

from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import dataclass, field

# WeChat's EncodingAESKey: 32 bytes in base64 without the `=` at its end
KEY_LENGTH = 43


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """One `[wechat.ACCOUNT]` of the settings.

    `previous_encoding_aes_key` is the key before a rotation: messages that WeChat still sends
    under it are read, and answered under it. With `aes_only` a plain message is refused.
    """

    token: str = field(repr=False)
    appid: str = ""
    encoding_aes_key: str = field(default="", repr=False)
    previous_encoding_aes_key: str = field(default="", repr=False)
    aes_only: bool = False

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("token: missing; copy it from the account's console")
        for name in ("encoding_aes_key", "previous_encoding_aes_key"):
            key = getattr(self, name)
            if key and not is_aes_key(key):
                raise ValueError(f"{name}: must be the {KEY_LENGTH} letters and digits of WeChat's")
        if self.keys and not self.appid:
            raise ValueError("appid: missing; encrypted messages are checked against it")

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The AES keys to try, the present one first."""
        encoded = (self.encoding_aes_key, self.previous_encoding_aes_key)
        return tuple(b64decode(key + "=") for key in encoded if key)


def is_aes_key(encoded: str) -> bool:
    """Whether a text is an EncodingAESKey: 43 characters that stand for 32 bytes."""
    try:
        return len(encoded) == KEY_LENGTH and len(b64decode(encoded + "=", validate=True)) == 32
    except (BadBase64, ValueError):
        return False
