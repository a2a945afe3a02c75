"""Brings Kafka's jars into the environment, each as the lock names it, or says what to do."""

import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from jgo.maven import MavenContext
from requests import RequestException

from tribune.embedded.kafka.lock import Jar
from tribune.embedded.kafka.maven import MavenSettings, without_password
from tribune.embedded.kafka.scratch import scratch

# Enough to hide the waits between 45 small files, few enough for any mirror's limits.
CONNECTIONS = 6
# A mirror that first has to fetch a file itself answers late.
TIMEOUT_S = 60
# A connection that breaks now and then must not end a set-up; one that always does must soon.
TRIES = 3

Bring = Callable[[Jar, Path], Path]
"""Brings a jar into a scratch folder, and gives where it is; raises `CannotFetch`."""


class CannotFetch(RuntimeError):
    """A file could not be had, or is not what the lock names; the text says what to do."""


def maven_context(settings: MavenSettings, cache: Path) -> MavenContext:
    """Make jgo ask where Maven would; what it brings goes into `cache`."""
    for name, value in settings.proxies.items():
        if not any(os.environ.get(known) for known in (name, name.lower())):
            os.environ[name] = value
    remotes = {"central": settings.mirror} if settings.mirror else None
    return MavenContext(repo_cache=cache, remote_repos=remotes, timeout=TIMEOUT_S)


def from_maven(settings: MavenSettings) -> Bring:
    """Bring jars from Maven Central, or from its mirror."""

    def bring(jar: Jar, to: Path) -> Path:
        context = maven_context(settings, to)
        [remote] = context.remote_repos.values()
        artifact = context.create_dependency(jar.coordinate).artifact
        for last in range(TRIES - 1, -1, -1):
            shutil.rmtree(to / artifact.component.path_prefix, ignore_errors=True)
            try:
                return artifact.resolve()
            except (RequestException, RuntimeError, OSError) as error:
                if not last:
                    raise CannotFetch(_why_not(jar, remote, error)) from None
        raise AssertionError

    return bring


def _why_not(jar: Jar, remote: str, error: Exception) -> str:
    # jgo's own error for an answer that is not 200 says nothing more, and shows the password.
    is_answer = isinstance(error, RuntimeError) and not isinstance(error, OSError)
    why = "it is not there" if is_answer else type(error).__name__
    return (
        f"{jar.coordinate} could not be fetched from {without_password(remote)}: {why}. Is there a "
        "way to the internet? A mirror is named in ~/.m2/settings.xml, a proxy there or in "
        "HTTPS_PROXY; a machine without internet is set up by `make setup BUNDLE=FILE`. "
        "What was fetched is kept: run it again"
    )


def from_folder(folder: Path) -> Bring:
    """Bring jars from a folder that has them by their names."""

    def bring(jar: Jar, to: Path) -> Path:
        try:
            return Path(shutil.copyfile(folder / jar.name, to / jar.name))
        except OSError as error:
            raise CannotFetch(f"{jar.name} could not be copied: {error}") from None

    return bring


def fetch(
    jars: Sequence[Jar], folder: Path, bring: Bring, done: Callable[[Jar], None] = lambda _: None
) -> None:
    """Bring what a folder does not have yet; it never has a file that is not whole and right.

    What is there is looked at by its hash. `done` is called for each jar that was brought. Those
    that were are kept when another one fails, so that the next call goes on.

    Raises:
        CannotFetch: the text names the file.
        OSError: the folder cannot be written.
    """
    with scratch(folder, "fetching", wait=True) as own:
        wanted = [jar for jar in jars if not jar.is_right(folder / jar.name)]
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            futures = {pool.submit(_place, jar, folder, bring, own): jar for jar in wanted}
            try:
                for future in as_completed(futures):
                    future.result()
                    done(futures[future])
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _place(jar: Jar, folder: Path, bring: Bring, own: Path) -> None:
    file = bring(jar, own)
    if not jar.is_right(file):
        raise CannotFetch(
            f"{jar.name} is refused: it is not the file that the lock names (SHA-256 {jar.sha256}, "
            f"{jar.size_bytes} bytes). Whoever answers for this mirror or archive may have "
            "changed it; ask another one"
        )
    file.replace(folder / jar.name)
