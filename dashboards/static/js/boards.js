// Which board a screen shows, and the names on it, from the console.
const FOLLOW_MS = 12_000; // a round that opens is shown this soon by a screen that was told no board
const STAY_MS = 60_000; // it was told its board: only names can change; a thousand phones ask 17 times a second together
const HURRY_MS = 800; // something is new for every screen at once: they ask one after the other
const MOST_AWAITED = 20; // a connection follows 64 channels at the most (docs/live.md)

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// The round to follow: of those open, the one opened last; else the one opened last at all.
export function choose(rounds) {
  const opened = rounds.filter((round) => round.opened_at !== null).sort((a, b) => b.opened_at - a.opened_at);
  return opened.find((round) => round.status === "open") ?? opened[0] ?? null;
}

// Calls `found({board, round, empty, awaited})` now and whenever it changes: a board's id or why there
// is none, and the boards of rounds that may open. Returns what makes it look again soon.
export function follow(asked, found) {
  let last = null;
  let next = null;
  async function look() {
    clearTimeout(next);
    next = setTimeout(look, (asked ? STAY_MS : FOLLOW_MS) * (0.75 + Math.random() / 2));
    try {
      const seen = await find(asked);
      const told = JSON.stringify(seen);
      if (told !== last) found(seen);
      last = told;
    } catch { /* the console is away: what is shown stays, and its age says so */ }
  }
  look();
  return () => {
    clearTimeout(next);
    next = setTimeout(look, HURRY_MS * Math.random());
  };
}

async function find(asked) {
  const rounds = await ask("/api/rounds");
  if (asked) {
    const round = rounds.find((entry) => entry.board === asked) ?? null;
    return { board: asked, round, empty: round ? emptyOf(round) : "unknown_board", awaited: [] };
  }
  const awaited = rounds.filter((round) => round.opened_at === null).map((round) => round.board).slice(0, MOST_AWAITED);
  const round = choose(rounds);
  if (round) return { board: round.board, round, empty: emptyOf(round), awaited };
  const broadcasts = rounds.length ? rounds : await ask("/api/broadcasts");
  return { board: null, round: null, empty: broadcasts.length ? "no_round" : "no_broadcast", awaited };
}

const emptyOf = (round) => (round.opened_at === null ? "no_round" : "no_board");

// The names of a broadcast's units, and its title.
export async function names(broadcast) {
  const document = await ask(`/api/broadcasts/${encodeURIComponent(broadcast)}`);
  return { title: document.title, units: new Map(document.units.map((unit) => [unit.id, unit])) };
}
