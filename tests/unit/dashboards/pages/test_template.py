import json

import pytest

from dashboards.pages.template import Markup, embed, fill, read, rehearsed


def test_text_is_escaped_and_markup_is_not() -> None:
    values = {"name": "<b>&\"'", "part": Markup("<i>x</i>")}
    assert fill("{{name}} {{part}}", values) == "&lt;b&gt;&amp;&quot;&#x27; <i>x</i>"


def test_what_is_put_in_is_not_filled_again() -> None:
    assert fill("{{name}}", {"name": "{{other}}", "other": "no"}) == "{{other}}"


def test_a_place_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("{{nothing}}", {})


def test_no_text_in_a_data_block_can_end_it() -> None:
    document = {"title": "</script><script>alert(1)</script>", "zh": "群众"}
    block = embed(document)
    assert "<" not in block
    assert json.loads(block) == document


def test_the_commands_that_a_rehearsals_page_names_reach_the_rehearsal() -> None:
    slides = rehearsed(read("slides.html"))
    assert "<body data-rehearsal" in slides
    assert "<code>tribune token stage --rehearsal</code>" in slides
    assert "<code>tribune token operator --rehearsal</code>" in rehearsed(read("operator.html"))
    assert "tribune up --rehearsal</code>" in rehearsed(read("home.html"))
