import orjson
import pytest
from defusedxml.ElementTree import fromstring

from streams.gateway.wechat.callback import open_callback
from streams.gateway.wechat.parse import read_fields
from streams.gateway.wechat.replies import Seal, sealed, text_reply
from tests.support.wechat import (
    DEMO_APPID,
    DEMO_TOKEN,
    DOC_APPID,
    DOC_REPLY_ENCRYPT,
    OPENED_AT,
    SECURE,
    message,
)

NASTY = "a < b & c > d ]]> \"quoted\" 好\n<a href='x'>]]]]>"


def test_a_text_in_xml_arrives_as_it_was_meant():
    reply = fromstring(text_reply(message(), NASTY, 42))
    assert {child.tag: child.text for child in reply} == {
        "ToUserName": "oCitizen",
        "FromUserName": "gh_county",
        "CreateTime": "42",
        "MsgType": "text",
        "Content": NASTY,
    }


def test_characters_that_xml_forbids_are_left_out():
    reply = fromstring(text_reply(message(), "a\x00\x0b\ufffeb\tc", 42))
    assert reply.findtext("Content") == "ab\tc"


def test_a_message_in_json_is_answered_in_json():
    asked = message()
    in_json = type(asked)("json", "gh", "o", 1, "text", "", "", "", "1")
    assert orjson.loads(text_reply(in_json, NASTY, 42))["Content"] == NASTY


def test_the_published_encrypted_answer_is_made_to_the_byte():
    seal = Seal(bytes(32), "AAAAA", DOC_APPID, 1713424427, "415670741", b"707722b803182950")
    assert orjson.loads(sealed("json", b'{"demo_resp":"good luck"}', seal)) == {
        "Encrypt": DOC_REPLY_ENCRYPT,
        "MsgSignature": "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
        "TimeStamp": 1713424427,
        "Nonce": "415670741",
    }


@pytest.mark.parametrize("form", ["xml", "json"])
def test_an_encrypted_answer_is_signed_like_a_message(form):
    plain = text_reply(message(), "好", 42)
    timestamp = OPENED_AT // 1000
    seal = Seal(SECURE.keys[0], DEMO_TOKEN, DEMO_APPID, timestamp, "n1", bytes(16))
    _, fields = read_fields(sealed(form, plain, seal))
    query = {
        "encrypt_type": "aes",
        "msg_signature": fields["MsgSignature"],
        "timestamp": str(fields["TimeStamp"]),
        "nonce": fields["Nonce"],
    }
    body = orjson.dumps({"Encrypt": fields["Encrypt"]})
    assert open_callback(SECURE, query, body, OPENED_AT).message.kind == "text"
