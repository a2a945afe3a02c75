"""WeChat's message encryption: AES-256-CBC, PKCS#7 in blocks of 32, the appid inside.

The text before padding is 16 random bytes, the message's length (4 bytes, big-endian), the message
and the appid. The IV is the key's first half. Who signed the ciphertext is checked before.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Iterable
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

# WeChat pads to 32 bytes, though AES has blocks of 16
PAD_BLOCK = 32
# FIPS 197
AES_BLOCK = 16
# 16 random bytes and the length of the message in 4
HEAD = 20


class Opened(NamedTuple):
    """A message and the key that opened it: the answer goes under the same key."""

    message: bytes
    key: bytes


def encrypt(message: bytes, key: bytes, appid: str, random16: bytes) -> str:
    """Encrypt an answer, as base64."""
    text = random16 + len(message).to_bytes(4, "big") + message + appid.encode()
    padding = PAD_BLOCK - len(text) % PAD_BLOCK
    encryptor = _cipher(key).encryptor()
    return b64encode(encryptor.update(text + bytes([padding]) * padding)).decode()


def decrypt(encrypted: str, keys: Iterable[bytes], appid: str) -> Opened | None:
    """Open a message with the first key that fits, or None when none does."""
    try:
        ciphertext = b64decode(encrypted, validate=True)
    except (BadBase64, ValueError):
        return None
    if not ciphertext or len(ciphertext) % AES_BLOCK:
        return None
    for key in keys:
        message = _open(ciphertext, key, appid.encode())
        if message is not None:
            return Opened(message, key)
    return None


def _open(ciphertext: bytes, key: bytes, appid: bytes) -> bytes | None:
    decryptor = _cipher(key).decryptor()
    text = _without_padding(decryptor.update(ciphertext))
    if text is None or len(text) < HEAD:
        return None
    end = HEAD + int.from_bytes(text[16:HEAD], "big")
    if end > len(text) or not hmac.compare_digest(text[end:], appid):
        return None
    return text[HEAD:end]


def _without_padding(text: bytes) -> bytes | None:
    padding = text[-1]
    if not 1 <= padding <= min(PAD_BLOCK, len(text)):
        return None
    body, tail = text[:-padding], text[-padding:]
    return body if tail == bytes([padding]) * padding else None


def _cipher(key: bytes) -> Cipher[CBC]:
    return Cipher(AES(key), CBC(key[:16]))
