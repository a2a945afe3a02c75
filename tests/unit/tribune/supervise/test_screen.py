import io

from tribune.supervise.screen import CLEAR_LINE, Screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO) -> str:
    screen = Screen(stream)
    screen.line("push", "one")
    screen.status("demo", "12 votes")
    screen.line("gateway", "two")
    screen.status("demo", "")
    screen.close()
    return stream.getvalue()


def test_each_line_has_its_role_in_front() -> None:
    text = shown(io.StringIO())
    assert text == "push       | one\ndemo       | 12 votes\ngateway    | two\n"


def test_only_a_terminal_gets_colours_and_a_living_line() -> None:
    text = shown(Terminal())
    assert "\x1b[" in text
    assert text.startswith(CLEAR_LINE)
    assert text.endswith(CLEAR_LINE)


class Closed(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_is_gone_stops_nothing() -> None:
    assert shown(Closed()) == ""
