"""Kafka's requests for users and their rights, where aiokafka 0.14 has no words for them.

Field by field as `AlterUserScramCredentialsRequest.json` in Kafka's sources. aiokafka knows the
requests of the rights, but puts one right in each; Kafka writes one batch of its log for each.
"""

from collections.abc import Iterable
from hashlib import pbkdf2_hmac
from secrets import token_bytes
from typing import Any

from aiokafka.protocol.admin import CreateAclsRequest_v1, DeleteAclsRequest_v1, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

Written = tuple[int, str, int, str, str, int, int]
"""A right as Kafka writes it: resource, name, pattern, principal, host, operation, permission."""

SCRAM_SHA_512 = 2  # Kafka's ScramMechanism (KIP-554)
# The fewest that Kafka takes. More would slow down who guesses, and these are 256 random bits.
ITERATIONS = 4096
# Filters that match everything (Kafka's ResourceType, PatternType, AclOperation: ANY).
ANY = 1


class ScramResponse(Response):
    """What came of each user."""

    API_KEY = 51  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] - as theirs
    API_VERSION = 0  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString()),
                ("error_code", Int16),
                ("error_message", CompactString()),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class ScramStruct(RequestStruct):
    """AlterUserScramCredentials, version 0."""

    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = ScramResponse
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(("name", CompactString()), ("mechanism", Int8), ("tags", TaggedFields)),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString()),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class SetPasswords(Request[ScramStruct]):
    """Make users, or give them other passwords; Kafka gets them salted and stretched."""

    API_KEY = 51

    def __init__(self, passwords: dict[str, str]) -> None:
        self._passwords = passwords

    def build(self, request_struct_class: type[ScramStruct]) -> ScramStruct:
        """Write it for one version of the protocol."""
        users = [_credential(user, password) for user, password in self._passwords.items()]
        return request_struct_class([], users, {})


def _credential(user: str, password: str) -> tuple[Any, ...]:
    salt = token_bytes(32)
    salted = pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return (user, SCRAM_SHA_512, ITERATIONS, salt, salted, {})


class GiveRights(Request[CreateAclsRequest_v1]):
    """Give users rights, all at once."""

    API_KEY = 30

    def __init__(self, rights: Iterable[Written]) -> None:
        self._rights = list(rights)

    def build(self, request_struct_class: type[CreateAclsRequest_v1]) -> CreateAclsRequest_v1:
        """Write it for one version of the protocol."""
        return request_struct_class(self._rights)


class TakeRights(Request[DeleteAclsRequest_v1]):
    """Take rights from users, all at once."""

    API_KEY = 31

    def __init__(self, rights: Iterable[Written]) -> None:
        self._rights = list(rights)

    def build(self, request_struct_class: type[DeleteAclsRequest_v1]) -> DeleteAclsRequest_v1:
        """Write it for one version of the protocol: filters that match one right each."""
        return request_struct_class(self._rights)


def ask_for_rights() -> DescribeAclsRequest:
    """Ask for every right of every user."""
    everything: Any = None
    return DescribeAclsRequest(ANY, everything, ANY, everything, everything, ANY, ANY)


def rights_in(answer: Any) -> set[Written]:
    """Every right that `ask_for_rights` was told of."""
    return {
        (resource, name, pattern, *entry)
        for resource, name, pattern, entries in answer.resources
        for entry in entries
    }
