"""A role that does nothing but be well, or misbehave on request: PORT [WORD...].

`crash`: ends soon after its start. `deaf`: ignores SIGTERM. `parent`: has a child of its own, which
outlives SIGTERM. A file named PORT.unwell in the working directory makes it say that it is unwell;
SIGUSR1 makes it work on and on and answer no more.
"""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

PORT = int(sys.argv[1])
WORDS = sys.argv[2:]


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        unwell = Path(f"{PORT}.unwell").exists()
        body = json.dumps({"ok": not unwell, "problems": ["it hurts"] * unwell}).encode()
        self.send_response(503 if unwell else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def work_on(*_: object) -> None:
    while True:
        pass


def main() -> None:
    signal.signal(signal.SIGUSR1, work_on)
    if "deaf" in WORDS:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(f"fake role {os.getpid()} on {PORT}", flush=True)
    if "parent" in WORDS:
        code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
        child = subprocess.Popen([sys.executable, "-c", code])
        print(f"grandchild {child.pid}", flush=True)
    if "crash" in WORDS:
        threading.Timer(0.1, lambda: os._exit(3)).start()
    http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Answer).serve_forever()


main()
