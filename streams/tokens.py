"""Bearer tokens: who one is at the console, signed, and good for a limited time."""

import secrets
from dataclasses import dataclass
from typing import Literal, get_args

import jwt

from streams.keys import derive

Role = Literal["operator", "evaluator", "moderator", "analyst", "stage"]
ROLES: tuple[str, ...] = get_args(Role)
ALGORITHM = "HS256"
ISSUER = "tribune"
# A token made when the evening is prepared is good until its last follow-up; what is lost is shut
# out by changing the secret, or by taking the card back
LIFETIME_S = 30 * 24 * 3600


class BadToken(ValueError):
    """The token is not one of ours, or no longer good; the text says which."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token speaks for: a role, an id (of an evaluator, say), and the token's own id.

    `issued_at` is when it was issued, in ms, at whole seconds.
    """

    role: Role
    id: str
    token_id: str
    issued_at: int

    @property
    def by(self) -> str:
        """How facts name it: the role and the token's id."""
        return f"{self.role}:{self.token_id}"


def issue(secret: bytes, role: Role, now_s: int, *, bearer_id: str = "") -> str:
    """Sign a token for a role; `now_s` is the time in seconds."""
    claims = {
        "iss": ISSUER,
        "role": role,
        "sub": bearer_id or role,
        # tells bearers apart in the log (`by`); it is no secret, the signature is
        "jti": secrets.token_hex(4),
        "iat": now_s,
        "exp": now_s + LIFETIME_S,
    }
    return jwt.encode(claims, derive(secret, "tokens"), algorithm=ALGORITHM)


def read(secret: bytes, token: str) -> Bearer:
    """Check a token.

    Raises:
        BadToken: it is not signed by us, has expired, or names no role.
    """
    try:
        claims = jwt.decode(
            token,
            derive(secret, "tokens"),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "jti"], "verify_iat": False},
        )
    except jwt.ExpiredSignatureError:
        raise BadToken("the token has expired; make a new one with `tribune token`") from None
    except jwt.InvalidTokenError:
        raise BadToken("the token is not valid here; make one with `tribune token`") from None
    role = claims.get("role")
    if role not in ROLES:
        raise BadToken("the token names no role of this version")
    return Bearer(role, str(claims["sub"]), str(claims["jti"]), _issued_at(claims["iat"]))


def _issued_at(issued_s: object) -> int:
    return int(issued_s * 1_000) if isinstance(issued_s, int | float) else 0
