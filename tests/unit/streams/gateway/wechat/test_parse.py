import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.gateway.wechat.parse import BadCallback, Message, read_fields, read_message

TEXT = """<xml><ToUserName><![CDATA[gh_1]]></ToUserName>
<FromUserName><![CDATA[oABC]]></FromUserName><CreateTime>1409735668</CreateTime>
<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[12 <1>]]></Content>
<MsgId>6054768590064713728</MsgId></xml>"""


def test_a_text_in_xml_is_read():
    read = read_message(*read_fields(TEXT.encode()))
    assert read == Message(
        "xml", "gh_1", "oABC", 1409735668, "text", "12 <1>", "", "", "6054768590064713728"
    )
    assert read.created_at == 1_409_735_668_000


def test_the_same_text_in_json_is_read_the_same():
    body = (
        '{"ToUserName":"gh_1","FromUserName":"oABC","CreateTime":1409735668,"MsgType":"text",'
        '"Content":"12 <1>","MsgId":6054768590064713728}'
    )
    expected = read_message("json", read_fields(TEXT.encode())[1])
    assert read_message(*read_fields(body.encode())) == expected


def test_an_event_in_json_is_read_with_a_time_as_text():
    body = (
        b'{"FromUserName":"o","CreateTime":"1714112445","MsgType":"event",'
        b'"Event":"SCAN","EventKey":12}'
    )
    read = read_message(*read_fields(body))
    assert (read.event, read.event_key, read.created_s, read.text) == ("scan", "12", 1714112445, "")


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"<xml>" + b" " * 65_536, 413, "body_too_large"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>', 400, "forbidden_xml"),
        (b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><xml/>', 400, "forbidden_xml"),
        (b"<xml>&a;</xml>", 400, "bad_xml"),
        (b"<xml>" + b"<a>" * 2_000, 400, "bad_xml"),
        (b"<html/>", 400, "bad_xml"),
        (b"", 400, "bad_xml"),
        (b"\x00", 400, "bad_xml"),
        (b"<xml>\xff</xml>", 400, "not_utf8"),
        (b'{"a":' + b"[" * 30_000, 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b'{"MsgType":"\\ud800"}', 400, "bad_json"),
    ],
)
def test_what_is_no_callback_is_refused_by_name(body, status, reason):
    with pytest.raises(BadCallback) as caught:
        read_fields(body)
    assert (caught.value.status, caught.value.reason) == (status, reason)


BILLION_LAUGHS = (
    '<!DOCTYPE xml [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><xml><Content>&i;</Content></xml>"
)


def test_an_entity_bomb_is_refused_before_it_grows():
    with pytest.raises(BadCallback, match="forbidden_xml"):
        read_fields(BILLION_LAUGHS.encode())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "missing_field"),
        ({"MsgType": "text", "CreateTime": 1}, "missing_field"),
        ({"MsgType": "text", "FromUserName": "o"}, "bad_time"),
        ({"MsgType": "text", "FromUserName": "o", "CreateTime": True}, "bad_time"),
        ({"MsgType": "text", "FromUserName": "o", "CreateTime": -1}, "bad_time"),
        ({"MsgType": "text", "FromUserName": "o", "CreateTime": 1 << 45}, "bad_time"),
        ({"MsgType": "text", "FromUserName": "o", "CreateTime": "٣" * 17}, "bad_time"),
        ({"MsgType": ["text"], "FromUserName": "o", "CreateTime": 1}, "bad_field"),
        ({"MsgType": "text", "FromUserName": "o" * 129, "CreateTime": 1}, "bad_field"),
        ({"MsgType": "text", "FromUserName": None, "CreateTime": 1}, "bad_field"),
        ({"MsgType": "text", "FromUserName": "o", "CreateTime": 1, "Content": {}}, "bad_field"),
    ],
)
def test_a_field_of_the_wrong_shape_is_refused_by_name(fields, reason):
    with pytest.raises(BadCallback, match=reason):
        read_message("json", fields)


def test_a_message_shows_no_openid_and_no_content():
    assert "oABC" not in repr(read_message(*read_fields(TEXT.encode())))
    assert "12 <1>" not in repr(read_message(*read_fields(TEXT.encode())))


@given(st.binary(max_size=300))
@example(b"{}")
@example(b"<xml/>")
def test_any_bytes_are_read_or_refused(body):
    try:
        read_message(*read_fields(body))
    except BadCallback as refused:
        assert refused.status in (400, 413)
