"""QR codes for phones in the room, as SVG."""

from io import BytesIO

import segno

# ISO/IEC 18004: four modules of light on every side
QUIET_ZONE = 4


def svg(address: str) -> bytes:
    """A code that opens an address: dark on light with its quiet zone, scalable."""
    drawing = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawing, kind="svg", border=QUIET_ZONE, light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return drawing.getvalue()
