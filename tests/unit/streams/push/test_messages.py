"""What is said, to the letter."""

import orjson

from streams.push import messages


def test_data_stands_in_a_message_byte_for_byte() -> None:
    data = b'{"seq" : 7, "rows": [1.0, "\\u4f4f"]}'
    text = messages.state("update", "board:satisfaction:r", 7, data)
    assert text == b'{"type":"update","channel":"board:satisfaction:r","seq":7,"data":%b}' % data


def test_the_clock_gives_back_what_a_viewer_sent() -> None:
    assert orjson.loads(messages.clock(5)) == {"type": "time", "now": 5}
    assert orjson.loads(messages.clock(5, 1.5)) == {"type": "time", "now": 5, "echo": 1.5}


def test_an_error_quotes_a_long_channel_only_in_part() -> None:
    error = orjson.loads(messages.error("unknown_channel", "...", "x" * 4_000))
    assert error["channel"] == "x" * 160
