"""What a fan-out does with sockets that take all of a frame, a part of it, or nothing any more."""

import socket

from streams.push.fanout import write_to_all

FRAME = b"x" * (1 << 20)


def test_who_takes_less_than_all_is_named_with_what_it_took() -> None:
    pairs = [socket.socketpair() for _ in range(3)]
    (quick, far), (full, _), (dead, gone) = pairs
    for near, _ in pairs:
        near.setblocking(False)
    gone.close()
    [(first, taken), (second, nothing)] = write_to_all([full.fileno(), dead.fileno()], FRAME)
    assert (first, second) == (full.fileno(), dead.fileno())
    assert 0 < taken < len(FRAME)
    assert nothing == 0
    assert write_to_all([quick.fileno()], b"board") == []
    assert far.recv(9) == b"board"
    for pair in pairs:
        for one in pair:
            one.close()
