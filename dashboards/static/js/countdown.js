// What the clock of a presentation says at a time: a pure rule, the same on every screen.
const DANGER_MS = 3_000; // as DANGER_MS of agents/reducers/session.py
const STEP_MS = 100; // what is shown has seconds, so it is never more than this late

// `session` as the log has it, `now` on the same clock as its times (ms). `left` is negative once over.
export function countdown(session, now) {
  const on = session?.playback === "running" || session?.playback === "paused" || session?.playback === "overtime";
  if (!on) return resting(session);
  const paused = session.paused_at !== null && session.paused_at !== undefined;
  const left = session.ends_at - (paused ? session.paused_at : now);
  const warning = session.warning_ms ?? session.ends_at - session.warn_at;
  const whole = session.allotted_ms + (session.added_ms ?? 0);
  return {
    playback: paused ? "paused" : left > 0 ? "running" : "overtime",
    phase: phaseOf(left, warning),
    left,
    share: Math.min(1, Math.max(0, left / whole)),
    text: clockText(left),
    next: paused ? null : untilStep(left),
  };
}

// Nothing runs: the time that the next one will have.
function resting(session) {
  const armed = session?.playback === "armed" ? session.slots?.find((slot) => slot.id === session.next) : null;
  const left = armed ? armed.allotted_ms : null;
  return { playback: session?.playback ?? "idle", phase: "normal", left, share: 1, text: left === null ? "" : clockText(left), next: null };
}

function phaseOf(left, warning) {
  if (left <= 0) return "over";
  if (left <= Math.min(DANGER_MS, warning)) return "danger";
  return left <= warning ? "warning" : "normal";
}

// Whole seconds, rounded up until the end, so that 0:00 is the end itself; after it, how far behind.
export function clockText(left) {
  const seconds = left > 0 ? Math.ceil(left / 1000) : Math.floor(-left / 1000);
  return `${left <= -1000 ? "+" : ""}${span(seconds)}`;
}

export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

// How long until the ring or the second changes: the next whole step of what is left, never past it.
export function untilStep(left) {
  const rest = ((left % STEP_MS) + STEP_MS) % STEP_MS;
  return rest === 0 ? STEP_MS : rest;
}
