// Which board a screen shows, and the names on it, from the console.
const FOLLOW_MS = 10_000;

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// The round to follow: of those open, the one opened last; else the one opened last at all.
export function choose(rounds) {
  const byOpening = (a, b) => (b.opened_at ?? 0) - (a.opened_at ?? 0);
  const open = rounds.filter((round) => round.status === "open").sort(byOpening);
  const past = rounds.filter((round) => round.opened_at !== null).sort(byOpening);
  return open[0] ?? past[0] ?? null;
}

// Calls `found({board, empty, round})` now and whenever it changes: a board's id, or why there is none.
export function follow(asked, found) {
  let last = null;
  async function look() {
    try {
      const seen = await find(asked);
      const told = JSON.stringify(seen);
      if (told !== last) found(seen);
      last = told;
    } catch { /* the console is away: what is shown stays, and its age says so */ }
    setTimeout(look, FOLLOW_MS * (0.75 + Math.random() / 2));
  }
  look();
}

async function find(asked) {
  const rounds = await ask("/api/rounds");
  if (asked) {
    const round = rounds.find((entry) => entry.board === asked) ?? null;
    return { board: asked, round, empty: round ? emptyOf(round) : "unknown_board" };
  }
  const round = choose(rounds);
  if (round) return { board: round.board, round, empty: emptyOf(round) };
  const broadcasts = rounds.length ? rounds : await ask("/api/broadcasts");
  return { board: null, round: null, empty: broadcasts.length ? "no_round" : "no_broadcast" };
}

const emptyOf = (round) => (round.opened_at === null ? "no_round" : "no_board");

// The names of a broadcast's units, and its title.
export async function names(broadcast) {
  const document = await ask(`/api/broadcasts/${encodeURIComponent(broadcast)}`);
  const loaded = document.broadcast ?? document;
  return { title: loaded.title, units: new Map(loaded.units.map((unit) => [unit.id, unit])) };
}
