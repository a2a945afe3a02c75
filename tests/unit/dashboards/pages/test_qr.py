import re

import segno

from dashboards.pages.qr import QUIET_ZONE, svg

ADDRESS = "http://192.168.1.20:8081/vote?round=satisfaction-2026"


def test_a_code_has_its_quiet_zone_on_light_ground() -> None:
    side = segno.make(ADDRESS, error="m", micro=False).symbol_size(border=QUIET_ZONE)[0]
    drawing = svg(ADDRESS).decode()
    assert QUIET_ZONE >= 4
    assert f'viewBox="0 0 {side} {side}"' in drawing
    assert f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/>' in drawing


def test_a_code_needs_no_style_that_a_policy_would_refuse() -> None:
    assert not re.search(r"\sstyle=|<style|<script", svg(ADDRESS).decode())
