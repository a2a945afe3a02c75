"""One connection, driven by hand: what it writes, and when it hangs up."""

import asyncio
from typing import cast

import pytest

from streams.gateway.http.connection import LINGER_BYTES, Connection, Phase
from streams.gateway.http.messages import Reply, Request
from streams.gateway.http.parser import RequestParser

GET = b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /b HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody"
OK = Reply(200, b"fine", "text/plain", "fine")


class Transport:
    def __init__(self) -> None:
        self.written = b""
        self.events: list[str] = []

    def write(self, data: bytes) -> None:
        assert "eof" not in self.events, "asyncio raises on a write after write_eof"
        self.written += data

    def pause_reading(self) -> None:
        self.events.append("pause")

    def resume_reading(self) -> None:
        if self.events[-1:] == ["pause"]:
            self.events.append("resume")

    def write_eof(self) -> None:
        self.events.append("eof")

    def close(self) -> None:
        self.events.append("close")

    def abort(self) -> None:
        self.events.append("abort")


class Server:
    """Lets everyone in, and answers when it is told to, or at once."""

    def __init__(
        self, *, is_full: bool = False, at_once: bool = False, sends_later: bool = False
    ) -> None:
        self.now_s = 0.0
        self.date = b"now"
        self.buffer = memoryview(bytearray(64))
        self.is_closing = False
        self.is_full, self.at_once, self.sends_later = is_full, at_once, sends_later
        self.requests: list[Request] = []
        self.counted: list[tuple[str, str]] = []
        self.left = False

    def parser(self) -> RequestParser:
        return RequestParser(1_000, 1_000)

    def admit(self, connection: Connection) -> bool:
        return not self.is_full

    def arrived(self, connection: Connection, data: bytes) -> None:
        connection.receive(data)

    def wrote(self, connection: Connection) -> None:
        if not self.sends_later:
            connection.flush()

    def answer(self, request: Request) -> None:
        request.route = "vote"
        self.requests.append(request)
        if self.at_once:
            request.respond(OK)

    def answered(self, route: str, reply: Reply) -> None:
        self.counted.append((route, reply.outcome))

    def refused(self, path: str, reply: Reply) -> None:
        self.counted.append((path, reply.outcome))

    def leave(self, connection: Connection) -> None:
        self.left = True


def connected(server: Server) -> tuple[Connection, Transport]:
    connection, transport = Connection(server), Transport()
    connection.connection_made(cast("asyncio.Transport", transport))
    return connection, transport


def statuses(transport: Transport) -> list[int]:
    return [int(part[:3]) for part in transport.written.split(b"HTTP/1.1 ")[1:]]


def test_a_request_is_answered_and_the_connection_kept() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(GET)
    assert (connection.phase, transport.written) == (Phase.ANSWER, b"")
    server.requests[0].respond(OK)
    assert transport.written == (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: now\r\ncontent-length: 4\r\n\r\nfine"
    )
    assert (connection.phase, transport.events) == (Phase.IDLE, [])
    assert server.counted == [("vote", "fine")]


def test_what_the_shared_buffer_holds_is_taken_before_the_next_bytes_come() -> None:
    server = Server(at_once=True)
    connection, transport = connected(server)
    for part in (GET[:10], GET[10:]):
        connection.get_buffer(-1)[: len(part)] = part
        connection.buffer_updated(len(part))
        connection.get_buffer(-1)[:] = b"?" * 64
    assert statuses(transport) == [200]


def test_a_refusal_after_an_answer_that_is_not_sent_off_yet_is_the_last_that_is_written() -> None:
    server = Server(at_once=True, sends_later=True)
    connection, transport = connected(server)
    connection.receive(GET + b"nonsense\r\n\r\n")
    connection.flush()
    assert statuses(transport) == [200, 400]
    assert transport.events == ["eof"]


def test_requests_sent_ahead_are_answered_in_turn() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(GET + POST + GET)
    assert [request.path for request in server.requests] == ["/a"]
    server.requests[0].respond(OK)
    server.requests[1].respond(OK)
    assert [request.body for request in server.requests] == [b"", b"body", b""]
    server.requests[2].respond(OK)
    assert statuses(transport) == [200, 200, 200]
    assert connection.phase is Phase.IDLE


def test_thousands_of_requests_sent_ahead_do_not_nest() -> None:
    server = Server(at_once=True)
    connection, transport = connected(server)
    connection.receive(GET * 3_000)
    assert len(statuses(transport)) == 3_000


def test_who_sends_too_much_ahead_waits() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(GET)
    connection.receive(b"\r\n" * 40_000)
    assert transport.events == ["pause"]
    server.requests[0].respond(OK)
    assert transport.events == ["pause", "resume"]


def test_who_does_not_read_is_not_read_from() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(GET + GET)
    connection.pause_writing()
    server.requests[0].respond(OK)
    assert (connection.phase, len(server.requests)) == (Phase.READER, 1)
    connection.resume_writing()
    assert len(server.requests) == 2
    connection.pause_writing()
    connection.expire()
    assert transport.events[-1] == "abort"


def test_a_second_answer_to_a_request_is_not_the_next_ones() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(GET + GET)
    server.requests[0].respond(OK)
    server.requests[0].respond(OK)
    assert statuses(transport) == [200]


def test_an_answer_that_comes_after_the_peer_left_is_to_nobody() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(GET)
    connection.connection_lost(None)
    server.requests[0].respond(OK)
    assert (transport.written, server.left) == (b"", True)


@pytest.mark.parametrize(
    "raw", [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"]
)
def test_who_wants_one_answer_gets_one(raw: bytes) -> None:
    server = Server(at_once=True)
    _, transport = connected(server)
    connection, transport = connected(server)
    connection.receive(raw)
    assert b"connection: close\r\n" in transport.written
    assert transport.events == ["close"]


def test_a_server_that_closes_answers_and_hangs_up() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(GET)
    server.is_closing = True
    server.requests[0].respond(OK)
    assert (statuses(transport), transport.events) == ([200], ["close"])


def test_a_peer_that_is_done_sending_still_hears_its_answers() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(GET + GET)
    assert connection.eof_received()
    server.requests[0].respond(OK)
    server.requests[1].respond(OK)
    assert (statuses(transport), transport.events) == ([200, 200], ["close"])


def test_a_peer_that_breaks_off_hears_so() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(POST[:-1])
    assert not connection.eof_received()
    assert (statuses(transport), transport.events) == ([400], ["close"])
    assert server.counted == [("/b", "broken_off")]


@pytest.mark.parametrize(
    ("sent", "counted"), [(b"GET", ("", "slow_head")), (POST[:-1], ("/b", "slow_body"))]
)
def test_a_peer_that_is_too_slow_hears_so(sent: bytes, counted: tuple[str, str]) -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(sent)
    connection.expire()
    assert (statuses(transport), transport.events) == ([408], ["eof"])
    assert server.counted == [counted]
    connection.expire()
    assert transport.events[-1] == "abort"


def test_a_slow_peer_does_not_get_more_time_by_sending_a_little() -> None:
    server = Server()
    connection, _ = connected(server)
    connection.receive(b"GET")
    server.now_s = 5.0
    connection.receive(b" ")
    assert (connection.phase, connection.since_s) == (Phase.HEAD, 0.0)


def test_a_bad_request_is_refused_and_what_follows_it_let_go() -> None:
    server = Server()
    connection, transport = connected(server)
    connection.receive(b"POST /b HTTP/1.1\r\nhost: x\r\ncontent-length: 1001\r\n\r\n")
    assert (statuses(transport), transport.events) == ([413], ["eof"])
    connection.receive(GET)
    assert server.requests == []
    connection.receive(b"x" * LINGER_BYTES)
    assert transport.events == ["eof", "abort"]


def test_where_there_is_no_room_one_is_told_to_come_again() -> None:
    server = Server(is_full=True)
    _, transport = connected(server)
    assert (statuses(transport), transport.events) == ([503], ["close"])
    assert b"retry-after: 1\r\n" in transport.written


def test_who_asks_whether_to_send_the_body_is_told() -> None:
    server = Server(at_once=True)
    connection, transport = connected(server)
    head, _, body = POST.partition(b"\r\n\r\n")
    connection.receive(head + b"\r\nexpect: 100-continue\r\n\r\n")
    assert transport.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.receive(body)
    assert statuses(transport) == [100, 200]


def test_head_is_answered_without_the_body() -> None:
    server = Server(at_once=True)
    connection, transport = connected(server)
    connection.receive(b"HEAD" + GET[3:])
    assert transport.written.endswith(b"content-length: 4\r\n\r\n")
