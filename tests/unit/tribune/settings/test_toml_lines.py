from tribune.settings.toml_lines import key_lines, line_of

TEXT = """data = "d"  # = not a key

[ports]
console = 1
"gateway" = 2

[wechat."a.b"]
token = "x = y"
limits = {connections = 3}
"""


def test_every_section_and_key_has_its_line() -> None:
    assert key_lines(TEXT) == {
        ("data",): 1,
        ("ports",): 3,
        ("ports", "console"): 4,
        ("ports", "gateway"): 5,
        ("wechat", "a.b"): 7,
        ("wechat", "a.b", "token"): 8,
        ("wechat", "a.b", "limits"): 9,
    }


def test_a_key_of_an_inline_table_has_the_line_of_the_table() -> None:
    assert line_of(key_lines(TEXT), ("wechat", "a.b", "limits", "connections")) == 9


def test_what_is_nowhere_has_no_line() -> None:
    assert line_of(key_lines(TEXT), ("nowhere",)) is None
