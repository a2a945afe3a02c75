"""The command `tribune`, with a fault of the worst kind in the gateway: it quotes a citizen.

A ballot on the unit `river` meets it at the intake, a text with the word `crash` in the grammar.
"""

from collections.abc import Sequence

from streams.gateway.frames import Done
from streams.gateway.intake import VoteIntake
from streams.gateway.votes import Sender, Vote
from streams.gateway.wechat import conversation
from streams.gateway.wechat.conversation import Answer, Known
from streams.gateway.wechat.parse import Message
from tribune.commands.cli import main

sound_take = VoteIntake.take
sound_text = conversation._on_text


def faulty_take(self: VoteIntake, sender: Sender, votes: Sequence[Vote], done: Done) -> None:
    if votes[0].unit == "river":
        raise RuntimeError(f"no way to take {votes!r} of {sender!r}")
    sound_take(self, sender, votes, done)


def faulty_text(message: Message, known: Known) -> Answer:
    if "crash" in message.text:
        raise RuntimeError(f"no way to read what {message.sender} wrote")
    return sound_text(message, known)


if __name__ == "__main__":
    VoteIntake.take = faulty_take  # pyright: ignore[reportAttributeAccessIssue]
    conversation._on_text = faulty_text  # pyright: ignore[reportPrivateUsage]
    main()
