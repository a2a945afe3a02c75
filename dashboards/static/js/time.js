// The clock that deadlines are written in: the console's, as measured from here. It never follows the
// machine's own wall clock, which may be wrong or be set while a presentation runs.
const FIRST_TAKES = 6; // the quickest of them counts: one without a wait in it is enough
const GAP_MS = 150; // apart, so that one busy moment does not spoil all
const AGAIN_MS = 15_000; // two quartzes part by 0.75 ms in it (50 ppm)
const LOOK_MS = 1_000; // so soon it is seen that the machine slept
const KEPT = 24; // six minutes of them: older ones are worth nothing any more by DRIFT
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
let gap = Date.now() - here();
let isDoubted = false; // the clocks have jumped: the next sample makes all before it worthless

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
  if (isDoubted) kept.console.length = kept.push.length = 0;
  isDoubted = false;
  kept[source].push(measured(there, sent, received));
  if (kept[source].length > KEPT) kept[source].shift();
}

async function askConsole() {
  const sent = here();
  const answer = await fetch("/api/time", { cache: "no-store" });
  const { now } = await answer.json();
  if (answer.ok) take("console", now, sent, here());
}

function hasJumped() {
  const before = gap;
  gap = Date.now() - here();
  return Math.abs(gap - before) > JUMP_MS;
}

const rest = (ms) => new Promise((done) => setTimeout(done, ms));

// Waits for the next measurement: less long when the machine has slept.
async function restLong() {
  for (let waited = 0; waited < AGAIN_MS; waited += LOOK_MS) {
    await rest(LOOK_MS);
    if (hasJumped()) {
      isDoubted = true;
      return true;
    }
  }
  return false;
}

// Measures now and for as long as the page lives; whoever is away is asked again later.
export async function keepTime() {
  for (let count = 1; ; count += 1) {
    try {
      await askConsole();
    } catch { /* the console is away: what was measured goes on */ }
    if (count < FIRST_TAKES) await rest(GAP_MS);
    else if (await restLong()) count = 0;
  }
}
