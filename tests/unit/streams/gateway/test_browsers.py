import pytest

from streams.gateway.browsers import is_same_origin, language


@pytest.mark.parametrize(
    ("asked", "accepts", "expected"),
    [
        ("en", "zh", "en"),
        ("zh", "en", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "fr, en;q=0.5, zh;q=0.7", "zh"),
        (None, "fr;q=1, en;q=0.1", "en"),
        (None, "en;q=0", "zh"),
        (None, "en;q=nonsense", "zh"),
        (None, "en;q=nan", "zh"),
        (None, "fr", "zh"),
        (None, "", "zh"),
        (None, None, "zh"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_or_liked_best(
    asked: str | None, accepts: str | None, expected: str
) -> None:
    assert language(asked, accepts) == expected


@pytest.mark.parametrize(
    ("site", "origin", "host"),
    [
        (None, None, "county.example"),
        (None, None, None),
        ("same-origin", "http://county.example", "county.example"),
        ("none", None, "county.example"),
        (None, "https://county.example:8081", "county.example:8081"),
        ("same-origin", "https://vote.example", "127.0.0.1:8081"),
        (None, "https://VOTE.example:444", "127.0.0.1:8081"),
    ],
)
def test_a_post_from_a_page_of_ours_or_from_no_browser_is_ours(
    site: str | None, origin: str | None, host: str | None
) -> None:
    assert is_same_origin(site, origin, host, "vote.example")


@pytest.mark.parametrize(
    ("site", "origin", "host"),
    [
        ("cross-site", None, "county.example"),
        ("same-site", "http://county.example:8080", "county.example:8081"),
        ("cross-site", "http://county.example", "county.example"),
        (None, "http://county.example:8080", "county.example:8081"),
        (None, "http://elsewhere.example", "county.example"),
        (None, "null", "county.example"),
        (None, "", ""),
        (None, "http://[", "["),
        (None, "http://vote.example.elsewhere.example", "county.example"),
    ],
)
def test_a_post_from_elsewhere_is_not(
    site: str | None, origin: str | None, host: str | None
) -> None:
    assert not is_same_origin(site, origin, host, "vote.example")


def test_without_a_public_name_only_the_host_counts() -> None:
    assert not is_same_origin(None, "http://", "", "")
    assert not is_same_origin(None, "http://elsewhere.example", "county.example", "")
