// Who moved since the last minute: a pure memory of ranks.
export const MINUTE_MS = 60_000;
const STEP_MS = 1_000; // four boards a second: one of them is enough to know who moved in a minute

// Remembers the ranks (a Map of unit to rank) as of a time; forgets what is older than needed.
export function remember(memory, at, ranks) {
  const last = memory.at(-1);
  if (last && at - last.at < STEP_MS) return;
  memory.push({ at, ranks: new Map(ranks) });
  while (memory.length > 1 && memory[1].at <= at - MINUTE_MS) memory.shift();
}

// Places gained (positive) or lost since a minute ago, or since the page began; null: not ranked then.
export function moved(memory, unit, rank) {
  if (memory.length === 0) return 0;
  const before = memory[0].ranks.get(unit);
  return before === undefined ? null : before - rank;
}
