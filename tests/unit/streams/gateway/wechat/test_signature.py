import pytest

from streams.gateway.wechat.signature import is_signed, sign
from tests.support.wechat import DEMO_ENCRYPT, DOC_ENCRYPT, DOC_REPLY_ENCRYPT

PUBLISHED = [
    (("AAAAA", "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
    (("AAAAA", "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
    (("AAAAA", "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
    (
        ("AAAAA", "1714112445", "415670741", DOC_ENCRYPT),
        "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    ),
    (
        ("AAAAA", "1713424427", "415670741", DOC_REPLY_ENCRYPT),
        "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
    ),
    (
        ("spamtest", "1409735669", "1320562132", DEMO_ENCRYPT),
        "5d197aaffba7e9b25a30732f161a50dee96bd5fa",
    ),
]


@pytest.mark.parametrize(("parts", "signature"), PUBLISHED)
def test_every_published_example_is_signed_as_wechat_signs_it(parts, signature):
    assert sign(*parts) == signature
    assert is_signed(signature, *reversed(parts))


def test_another_token_time_or_nonce_gives_another_signature():
    signature = sign("AAAAA", "1714036504", "1514711492")
    for parts in (("B", "1714036504", "1514711492"), ("AAAAA", "1714036505", "1514711492")):
        assert not is_signed(signature, *parts)


@pytest.mark.parametrize(
    "given", ["", "f464", "签名", "\udcff", "F464B24FC39322E44B38AA78F5EDD27B"]
)
def test_whatever_is_given_as_signature_is_only_wrong(given):
    assert not is_signed(given, "AAAAA", "1714036504", "1514711492")
