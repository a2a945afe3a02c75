from http.cookies import SimpleCookie

import pytest

from streams.gateway.cookies import NAME, set_cookie, voter_of

KEY = b"k" * 32


def value() -> str:
    return SimpleCookie(set_cookie(KEY, "abc123", is_secure=False))[NAME].value


def test_the_voter_that_was_given_out_is_known_again() -> None:
    assert voter_of(KEY, f"{NAME}={value()}") == "abc123"
    assert voter_of(KEY, f"a=b; {NAME}={value()}; c=d") == "abc123"


def test_scripts_and_other_sites_do_not_get_the_cookie() -> None:
    cookie = SimpleCookie(set_cookie(KEY, "abc123", is_secure=True))[NAME]
    assert cookie["httponly"] and cookie["secure"]
    assert (cookie["samesite"], cookie["path"]) == ("Lax", "/")
    assert "Secure" not in set_cookie(KEY, "abc123", is_secure=False)


@pytest.mark.parametrize(
    "header",
    [None, "", ";;;", NAME, f"{NAME}=", f"{NAME}=abc123", f"{NAME}=abc123.", f"{NAME}=.", "é=é"],
)
def test_a_cookie_that_is_none_of_ours_is_nobody(header: str | None) -> None:
    assert voter_of(KEY, header) is None


def test_a_cookie_that_was_tampered_with_is_nobody() -> None:
    assert voter_of(KEY, f"{NAME}=x{value()}") is None
    assert voter_of(KEY, f"{NAME}={value()}é") is None
    assert voter_of(b"other" * 6, f"{NAME}={value()}") is None
