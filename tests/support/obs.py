"""The real OBS Studio, without a screen: under Xvfb, with a microphone and obs-websocket."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.ports import free_port

PASSWORD = "the password of the desk"
INPUT = "Microphone"
READY_WITHIN_S = 60
PROFILE = "Stage"

needs_obs = pytest.mark.skipif(
    not (shutil.which("obs") and shutil.which("Xvfb"))
    and not os.environ.get("TRIBUNE_REQUIRE_ALL"),
    reason="OBS or Xvfb is not installed: the tests of the real OBS do not run "
    "(apt-get install obs-studio xvfb libgl1-mesa-dri)",
)


@dataclass
class RealObs:
    """A running OBS; after `kill` it can be started again where it was."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until its WebSocket port is open."""
        environment = os.environ | {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_RUNTIME_DIR": str(self.folder),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "QT_QPA_PLATFORM": "xcb",
            "LC_ALL": "C.UTF-8",
        }
        command = ["xvfb-run", "-a", "-s", "-screen 0 800x600x24", "obs"]
        command += ["--minimize-to-tray", "--disable-updater", "--multi", "--collection", PROFILE]
        with (self.folder / "obs.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, (self.folder / "obs.log").read_text()[-2_000:]
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError((self.folder / "obs.log").read_text()[-2_000:])

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """End it and its screen, at once."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, sign)
            self.process.wait()


@contextmanager
def real_obs(folder: Path) -> Iterator[RealObs]:
    """Run OBS with one microphone until the block ends."""
    obs = RealObs(folder, free_port())
    write_config(folder / "config" / "obs-studio", obs.port)
    obs.start()
    try:
        yield obs
    finally:
        obs.kill()


def write_config(folder: Path, port: int) -> None:
    """What its first start would ask: no wizard, the WebSocket server on, one microphone."""
    (folder / "basic" / "profiles" / PROFILE).mkdir(parents=True)
    (folder / "basic" / "scenes").mkdir(parents=True)
    (folder / "global.ini").write_text(
        "[General]\nFirstRun=true\nLastVersion=486539266\nEnableAutoUpdates=false\n"
        f"[Basic]\nProfile={PROFILE}\nProfileDir={PROFILE}\n"
        f"SceneCollection={PROFILE}\nSceneCollectionFile={PROFILE}\n"
        f"[OBSWebSocket]\nFirstLoad=false\nServerEnabled=true\nServerPort={port}\n"
        f"AlertsEnabled=false\nAuthRequired=true\nServerPassword={PASSWORD}\n"
    )
    profile = folder / "basic" / "profiles" / PROFILE / "basic.ini"
    profile.write_text(
        f"[General]\nName={PROFILE}\n[Video]\nBaseCX=320\nBaseCY=180\nFPSCommon=10\n"
    )
    microphone = {"id": "pulse_input_capture", "name": INPUT, "muted": False, "settings": {}}
    scene = {"id": "scene", "name": "Scene", "settings": {"items": []}}
    collection = {
        "name": PROFILE,
        "current_scene": "Scene",
        "current_program_scene": "Scene",
        "scene_order": [{"name": "Scene"}],
        "sources": [scene],
        "AuxAudioDevice1": microphone,
    }
    (folder / "basic" / "scenes" / f"{PROFILE}.json").write_text(json.dumps(collection))
