"""A Maven repository on loopback that has our jars, and misbehaves on demand."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tribune.embedded.kafka.lock import Jar, locked
from tribune.embedded.kafka.runtime import class_path

USER, PASSWORD = "me", "p@ss/word"
Answer = Callable[[Jar, bytes], bytes]


class Repository:
    """What was asked for, and how it answers: `answer` may change what a jar is, or wait."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer = lambda _, content: content
        self.port = 0
        self._files = {
            "/" + _path(jar): (jar, file) for jar, file in zip(locked(), class_path(), strict=True)
        }

    def content(self, path: str) -> bytes | None:
        if path not in self._files:
            return None
        jar, file = self._files[path]
        self.asked.append(jar.name)
        return self.answer(jar, file.read_bytes())

    def home(self, folder: Path) -> Path:
        """A home folder whose Maven settings name this repository as the mirror of all."""
        (folder / ".m2").mkdir(parents=True, exist_ok=True)
        (folder / ".m2" / "settings.xml").write_text(
            f"<settings><mirrors><mirror><id>here</id><mirrorOf>*</mirrorOf>"
            f"<url>http://127.0.0.1:{self.port}/</url></mirror></mirrors>"
            f"<servers><server><id>here</id><username>{USER}</username>"
            f"<password>{PASSWORD}</password></server></servers></settings>"
        )
        return folder


def _path(jar: Jar) -> str:
    group, artifact, version = jar.coordinate.split(":")
    return f"{group.replace('.', '/')}/{artifact}/{version}/{jar.name}"


@contextmanager
def maven_repository() -> Iterator[Repository]:
    """Serve until the block ends; only who signs in gets anything."""
    repository = Repository()
    wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers["Authorization"] != wanted:
                self.send_error(401)
            elif (content := repository.content(self.path)) is None:
                self.send_error(404)
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        repository.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield repository
        finally:
            server.shutdown()
            thread.join()
