import orjson
import pytest

from streams.gateway.wechat.account import WeChatAccount
from streams.gateway.wechat.callback import echo, open_callback
from streams.gateway.wechat.parse import BadCallback
from streams.gateway.wechat.signature import sign
from tests.support.wechat import (
    DEMO_APPID,
    DEMO_ENCRYPT,
    DEMO_KEY,
    DEMO_TOKEN,
    DOC_APPID,
    DOC_ENCRYPT,
    DOC_KEY,
    DOC_TOKEN,
    OPENED_AT,
    PLAIN,
    SECURE,
    body,
    signed,
)

DOC = WeChatAccount(DOC_TOKEN, DOC_APPID, DOC_KEY)
DOC_AT = 1_714_112_445_000
DOC_QUERY = {
    "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    "timestamp": "1714112445",
    "nonce": "415670741",
    "openid": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
    "encrypt_type": "aes",
    "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
}
DOC_BODY = orjson.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": DOC_ENCRYPT})


def reason(account, query, sent, now=OPENED_AT) -> tuple[int, str]:
    with pytest.raises(BadCallback) as caught:
        open_callback(account, query, sent, now)
    return caught.value.status, caught.value.reason


def test_the_published_verification_is_echoed_however_old_it_is():
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "echostr": "4375120948345356249",
    }
    assert echo(DOC, query) == "4375120948345356249"
    with pytest.raises(BadCallback, match="bad_signature"):
        echo(PLAIN, query)


def test_the_published_plain_event_is_read():
    sent = (
        b'{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",'
        b'"CreateTime":1714037059,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
    )
    query = {
        "signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78",
        "timestamp": "1714037059",
        "nonce": "486452656",
    }
    callback = open_callback(DOC, query, sent, 1_714_037_059_000)
    assert (callback.message.event, callback.key) == ("debug_demo", None)


def test_the_published_encrypted_event_is_read():
    callback = open_callback(DOC, DOC_QUERY, DOC_BODY, DOC_AT)
    assert (callback.message.event, callback.nonce) == ("debug_demo", "415670741")
    assert callback.key == bytes(32)


def test_the_classic_xml_example_is_read_in_both_forms_of_the_envelope():
    query = {
        "encrypt_type": "aes",
        "timestamp": "1409735669",
        "nonce": "1320562132",
        "msg_signature": "5d197aaffba7e9b25a30732f161a50dee96bd5fa",
    }
    for before in ("", "<FromUserName>oSomeoneElse</FromUserName><Content>plain</Content>"):
        envelope = f"<xml>{before}<Encrypt><![CDATA[{DEMO_ENCRYPT}]]></Encrypt></xml>"
        callback = open_callback(SECURE, query, envelope.encode(), 1_409_735_669_000)
        assert callback.message.text == "abcdteT"


def test_after_a_rotation_the_old_key_still_opens_and_answers():
    rotated = WeChatAccount(DOC_TOKEN, DOC_APPID, DEMO_KEY, DOC_KEY)
    assert open_callback(rotated, DOC_QUERY, DOC_BODY, DOC_AT).key == bytes(32)


def test_only_the_message_signature_counts_in_aes_mode():
    query = DOC_QUERY | {"msg_signature": DOC_QUERY["signature"]}
    assert reason(DOC, query, DOC_BODY, DOC_AT) == (401, "bad_signature")
    del query["msg_signature"]
    assert reason(DOC, query, DOC_BODY, DOC_AT) == (401, "bad_signature")


@pytest.mark.parametrize("off_ms", [-300_001, 300_001])
def test_a_callback_more_than_five_minutes_off_is_refused(off_ms):
    query = signed("plain-token", OPENED_AT)
    assert reason(PLAIN, query, body(at=OPENED_AT), OPENED_AT + off_ms) == (401, "stale")
    assert reason(DOC, DOC_QUERY, DOC_BODY, DOC_AT + off_ms) == (401, "stale")
    assert open_callback(PLAIN, query, body(at=OPENED_AT), OPENED_AT + 300_000)


def test_a_message_from_the_future_is_refused():
    ahead = body(at=OPENED_AT + 301_000)
    assert reason(PLAIN, signed("plain-token", OPENED_AT), ahead) == (400, "bad_time")


def test_a_time_that_is_no_number_is_refused():
    for timestamp in ("", "now", "-1", "1" * 20, "١٢"):
        query = {"timestamp": timestamp, "nonce": "1"}
        query["signature"] = sign("plain-token", *query.values())
        assert reason(PLAIN, query, b"") == (400, "bad_time")


def test_a_parameter_of_absurd_length_is_refused():
    query = signed("plain-token", OPENED_AT) | {"echostr": "x" * 257}
    assert reason(PLAIN, query, body(at=OPENED_AT)) == (400, "parameter_too_long")


def test_a_plain_message_is_refused_where_only_encrypted_ones_are_wanted():
    strict = WeChatAccount(DEMO_TOKEN, DEMO_APPID, DEMO_KEY, aes_only=True)
    query = signed(DEMO_TOKEN, OPENED_AT)
    assert reason(strict, query, body(at=OPENED_AT)) == (401, "plain_not_accepted")
    assert open_callback(SECURE, query, body(at=OPENED_AT), OPENED_AT)


def test_an_encrypted_message_without_a_key_or_for_another_appid_is_refused_by_name():
    keyless = WeChatAccount(DOC_TOKEN)
    assert reason(keyless, DOC_QUERY, DOC_BODY, DOC_AT) == (400, "no_aes_key")
    other = WeChatAccount(DOC_TOKEN, "wx_other", DOC_KEY)
    assert reason(other, DOC_QUERY, DOC_BODY, DOC_AT) == (400, "undecipherable")


def test_an_envelope_without_ciphertext_is_refused():
    assert reason(DOC, DOC_QUERY, b"<xml/>", DOC_AT) == (400, "missing_ciphertext")
