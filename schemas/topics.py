"""The names of the log's topics; what each holds and how it is kept says `schemas.catalogue`."""

from enum import StrEnum

VOTE_PARTITIONS = 8
"""As many workers may share the ballots; fixed for a log's life, as voters are spread by it."""


class Topic(StrEnum):
    """Every topic by its name on the broker."""

    BROADCASTS = "broadcasts"
    VOTES = "votes"
    QUESTIONS = "questions"
    SESSIONS = "sessions"
    SCORES = "scores"
    TALLIES = "tallies"
    BOARDS = "boards"
    DEAD_LETTERS = "dead-letters"
