"""Makes Kafka's lock anew (`make lock`): asks Maven's repositories what Kafka needs to run."""

from pathlib import Path
from tempfile import TemporaryDirectory

from jgo.maven import Artifact

from tribune.embedded.kafka.fetch import maven_context
from tribune.embedded.kafka.lock import BROKER, LOCK, Jar, render
from tribune.embedded.kafka.maven import read_settings

# The `!`: without it jgo lets log4j's parent choose the versions of all, and that names an old
# kafka-clients, which does not run with this Kafka.
ROOTS = (f"{BROKER}:4.4.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5!")


def resolve(cache: Path) -> list[Jar]:
    """Bring what the roots need to run into a folder, and describe each file."""
    context = maven_context(read_settings(), cache)
    roots = [context.create_dependency(root) for root in ROOTS]
    inputs, others = context.resolver.resolve(roots)
    return [_describe(dependency.artifact) for dependency in (*inputs, *others)]


def _describe(artifact: Artifact) -> Jar:
    component, content = artifact.component, artifact.resolve().read_bytes()
    coordinate = f"{component.groupId}:{component.artifactId}:{component.version}"
    return Jar.of(coordinate, content)


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        LOCK.write_text(render(resolve(Path(scratch))), encoding="ascii")
