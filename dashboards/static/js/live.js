// How fresh is what is shown: a pure rule of when it was last known to be the newest.
export const ASK_MS = 2_500; // boards are said every 5 s at the least: in between it asks whether the connection lives
export const QUIET_MS = 6_000; // three questions went unanswered: nothing else tells of a connection without a peer
export const STALE_MS = 20_000; // who looks at a board must know that it is old, but not be told so by each lost packet

// `open`: the connection is up to date; `heardAt`: when it last was, or null; one clock, ms.
export function liveState({ open, heardAt, now }) {
  if (heardAt === null) return { state: "connecting", age: 0 };
  const age = now - heardAt;
  if (open && age < QUIET_MS) return { state: "live", age };
  return { state: age < STALE_MS ? "reconnecting" : "stale", age };
}

// How long to wait before trying again: doubling, never alike on two screens, at most ten seconds.
export function backOff(failures, random) {
  const most = Math.min(10_000, 250 * 2 ** Math.min(failures, 10));
  return Math.round(most * (0.5 + random / 2));
}
