import pytest

from streams.gateway.wechat.account import WeChatAccount, is_aes_key
from tests.support.wechat import DEMO_KEY, DOC_KEY


def test_an_aes_key_is_43_characters_that_stand_for_32_bytes():
    assert is_aes_key(DOC_KEY)
    assert is_aes_key(DEMO_KEY)
    for wrong in ("", "A" * 42, "A" * 44, "!" * 43, "钥" * 43):
        assert not is_aes_key(wrong)


def test_the_present_key_is_tried_before_the_previous_one():
    account = WeChatAccount("t", "wx1", DEMO_KEY, DOC_KEY)
    assert account.keys[1] == bytes(32)
    assert len(account.keys[0]) == 32


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"token": ""}, "token"),
        ({"token": "t", "encoding_aes_key": "short"}, "encoding_aes_key"),
        ({"token": "t", "previous_encoding_aes_key": "x" * 42}, "previous_encoding_aes_key"),
        ({"token": "t", "encoding_aes_key": DEMO_KEY}, "appid"),
    ],
)
def test_a_bad_setting_is_named_and_not_quoted(settings, named):
    with pytest.raises(ValueError, match=named) as caught:
        WeChatAccount(**settings)
    assert "short" not in str(caught.value)


def test_no_secret_is_shown():
    shown = repr(WeChatAccount("my-token", "wx1", DEMO_KEY, DOC_KEY))
    assert "my-token" not in shown
    assert DEMO_KEY not in shown
    assert DOC_KEY not in shown
