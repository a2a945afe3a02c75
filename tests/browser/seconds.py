"""When a screen paints each second, and when the machine under it stood still.

Beside every screen a control runs in the same browser, in a window and a process of its own: an
empty page that paints one number after the other, in two sixtieths of a second each. Where that
was late, nobody could have been in time: such a second is not judged, another one is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from playwright.async_api import Browser, CDPSession, Page

BEAT_MS = 34
SLACK_MS = 8
CALM_MS = 5
NEVER_MS = 1_000
WATCH = """async () => {
    const {serverNow} = await import("/static/js/time.js");
    window.painted = {};
    window.leads = [];
    const digits = document.getElementById("digits");
    const note = () => {
        const text = digits.textContent;
        window.leads.push(serverNow() - performance.timeOrigin - performance.now());
        requestAnimationFrame(() => {
            const after = new MessageChannel();
            after.port1.onmessage = () => { window.painted[text] ??= Date.now(); };
            after.port2.postMessage(0);
        });
    };
    const all = {childList: true, characterData: true, subtree: true};
    new MutationObserver(note).observe(digits, all);
}"""
BEAT = """() => {
    window.beats = [];
    const after = new MessageChannel();
    const beat = () => {
        document.body.textContent = window.beats.length;
        requestAnimationFrame(() => after.port2.postMessage(0));
    };
    after.port1.onmessage = () => {
        window.beats.push(Date.now());
        setTimeout(beat, 5);
    };
    beat();
}"""

Interval = tuple[float, float]


@dataclass
class Watched:
    """A screen that is watched, and its control."""

    page: Page
    control: Page
    meter: CDPSession

    @staticmethod
    async def begin(browser: Browser, page: Page) -> "Watched":
        """Watch from now on; the next seconds count."""
        aside = await browser.new_context(viewport={"width": 320, "height": 200})
        control = await aside.new_page()
        await control.evaluate(BEAT)
        await page.evaluate(WATCH)
        meter = await page.context.new_cdp_session(page)
        await meter.send("Performance.enable", {"timeDomain": "threadTicks"})
        return Watched(page, control, meter)

    async def work_ms(self) -> float:
        """What the page's own thread has worked so far, in time of the processor."""
        told = await self.meter.send("Performance.getMetrics")
        return 1_000 * next(
            each["value"] for each in told["metrics"] if each["name"] == "TaskDuration"
        )

    async def painted(self) -> dict[str, float]:
        """By what the clock said: when it was painted first, ms."""
        return await self.page.evaluate("window.painted")

    async def leads(self) -> list[float]:
        """How far the page held the deadlines' clock to be ahead of the machine's."""
        return await self.page.evaluate("window.leads")

    async def stalls(self) -> list[Interval]:
        """When the control painted nothing though it was its turn."""
        return late(await self.control.evaluate("window.beats"))


def late(beats: Sequence[float]) -> list[Interval]:
    """The times between a beat's turn and the beat, where that is to be noticed."""
    return [
        (before + BEAT_MS, after)
        for before, after in pairwise(beats)
        if after - before > BEAT_MS + SLACK_MS
    ]


def stood_still_ms(stalls: Iterable[Interval], since: float, until: float) -> float:
    """How much of a time the machine stood still, by its controls; what overlaps counts once."""
    total, reached = 0.0, since
    for began, ended in sorted(stalls):
        still_ms = min(ended, until) - max(began, reached)
        if still_ms > 0:
            total, reached = total + still_ms, min(ended, until)
    return total


def judged(
    painted: Sequence[dict[str, float]], ends_at: int, stalls: Sequence[Interval]
) -> dict[str, list[float]]:
    """How late each screen painted each second, ms; only seconds when the machine did not stall.

    A second that a screen never painted was a whole second late.
    """
    found: dict[str, list[float]] = {}
    dues = {_due(text, ends_at): text for each in painted for text in each}
    first, last = (
        pick(_due(text, ends_at) for text in set(painted[0]).intersection(*painted))
        for pick in (min, max)
    )
    for due, text in dues.items():
        late_ms = [each.get(text, due + NEVER_MS) - due for each in painted]
        if first <= due <= last and stood_still_ms(stalls, due, due + max(late_ms)) <= CALM_MS:
            found[text] = late_ms
    return found


def _due(text: str, ends_at: int) -> int:
    minutes, seconds = map(int, text.split(":"))
    return ends_at - (60 * minutes + seconds) * 1_000
