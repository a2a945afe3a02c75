// The clock that deadlines are written in: the console's, as measured from here. It never follows the
// machine's own wall clock, which may be wrong or be set while a presentation runs.
const FIRST_TAKES = 6;
const GAP_MS = 150;
const AGAIN_MS = 15_000;
const KEPT = 24;
const DRIFT = 0.0002; // what a sample loses in worth as it grows old: two clocks part by less
const JUMP_MS = 400; // the machine slept, and its monotonic clock with it

// A sample: what the other clock said, and when it was asked and had answered here (one clock, ms).
export function measured(there, sent, received) {
  return { lead: there - (sent + received) / 2, trip: received - sent, at: received };
}

// Of the last samples, the one that was under way shortest is nearest the truth, unless it is old.
export function best(samples, at) {
  const doubt = (sample) => sample.trip / 2 + DRIFT * (at - sample.at);
  return samples.reduce((found, one) => (found && doubt(found) <= doubt(one) ? found : one), null);
}

const here = () => performance.now();
const kept = { console: [], push: [] };
let slept = Date.now() - here();

const newest = () => best(kept.console, here()) ?? best(kept.push, here());

// The time on the deadlines' clock, ms.
export function serverNow() {
  const found = newest();
  return found ? here() + found.lead : Date.now();
}

// How sure that is: half the way there and back, ms; null before anybody has answered.
export function doubtMs() {
  const found = newest();
  return found ? found.trip / 2 : null;
}

export function take(source, there, sent, received) {
  kept[source].push(measured(there, sent, received));
  if (kept[source].length > KEPT) kept[source].shift();
}

async function askConsole() {
  const sent = here();
  const answer = await fetch("/api/time", { cache: "no-store" });
  const { now } = await answer.json();
  if (answer.ok) take("console", now, sent, here());
}

function noticeSleep() {
  const gap = Date.now() - here();
  if (Math.abs(gap - slept) > JUMP_MS) kept.console.length = kept.push.length = 0;
  slept = gap;
}

// Measures now and for as long as the page lives; whoever is away is asked again later.
export async function keepTime() {
  for (let take = 0; ; take += 1) {
    noticeSleep();
    try {
      await askConsole();
    } catch { /* the console is away: what was measured goes on */ }
    await new Promise((done) => setTimeout(done, take < FIRST_TAKES ? GAP_MS : AGAIN_MS));
  }
}
