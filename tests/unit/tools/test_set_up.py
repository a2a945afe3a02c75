from itertools import chain

import pytest

from tools.set_up import packages


@pytest.mark.parametrize("again", [False, True])
def test_with_a_bundle_no_command_asks_the_network(again: bool) -> None:
    by_pip, *by_uv = packages(from_bundle=True, again=again)
    assert "--no-index" in by_pip
    assert all("--offline" in command for command in by_uv)


def test_without_one_every_index_is_asked() -> None:
    words = set(chain.from_iterable(packages(from_bundle=False, again=False)))
    assert not words & {"--offline", "--no-index"}


def test_everything_from_an_index_must_have_a_locked_hash() -> None:
    by_pip, everything, ours = packages(from_bundle=False, again=False)
    assert "--require-hashes" in by_pip
    assert "--require-hashes" in everything
    assert "--no-deps" in ours


def test_what_was_broken_off_is_installed_again_not_believed() -> None:
    by_pip, everything, _ = packages(from_bundle=False, again=True)
    assert "--force-reinstall" in by_pip
    assert "--reinstall" in everything
