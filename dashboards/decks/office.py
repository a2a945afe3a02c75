"""Has LibreOffice make a PDF of PowerPoint slides: `python -m dashboards.decks.office`.

What is uploaded is foreign, and an office is large: it gets a profile of its own in which no macro
runs and nothing is fetched from elsewhere, a bounded memory and time, and only what it needs of the
environment. It takes the place of this process; who started it ends it with its group.
"""

import os
import resource
import sys
from pathlib import Path

# RLIMIT_AS counts what is reserved, and an office reserves gigabytes
MEMORY_BYTES = 4 << 30
# The largest file that it may write: as MOST_UNPACKED_BYTES of dashboards.decks.store
FILE_BYTES = 1 << 30
# As CONVERTED_WITHIN_S of dashboards.decks.store
CPU_S = 120
FILTER = "Impress MS PowerPoint 2007 XML"
"""The only format that is read, whatever else the file may look like."""
SETTINGS = """\
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
</item>
</oor:items>
"""


def command(office: str, source: Path, profile: Path) -> list[str]:
    """What makes a PDF beside `source`."""
    return [
        office,
        f"-env:UserInstallation={profile.absolute().as_uri()}",
        "--headless",
        "--norestore",
        f"--infilter={FILTER}",
        "--convert-to",
        "pdf",
        "--outdir",
        str(source.parent),
        str(source),
    ]


def environment(folder: Path) -> dict[str, str]:
    """All that LibreOffice is told of this machine; what it leaves behind stays in `folder`."""
    own = {"HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    return own | {"PATH": os.environ.get("PATH", os.defpath)}


def main(arguments: list[str]) -> None:
    """Become LibreOffice, bounded."""
    office, source = arguments[0], Path(arguments[1])
    profile = source.parent / "office"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.execve(office, command(office, source, profile), environment(source.parent))  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
