"""WeChat's signatures: SHA-1 over the sorted parts, compared in constant time.

Over token, timestamp and nonce in plain mode; and over the ciphertext too in AES mode.
"""

import hmac
from hashlib import sha1


def sign(*parts: str) -> str:
    """Sign parts, the token among them, in any order."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return sha1(joined, usedforsecurity=False).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether a signature is that of these parts."""
    given = signature.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(given, sign(*parts).encode())
