// What every ranking on a screen needs: who is tied, who moved, and rows in their order.
import { moved, remember } from "./movement.js";

export function tiedRanks(ranked) {
  const seen = new Set();
  return new Set(ranked.map((row) => row.rank).filter((rank) => seen.size === seen.add(rank).size));
}

export function memoryOfRanks() {
  const memory = [];
  return {
    take(board) {
      const ranks = new Map(board.rows.filter((row) => row.rank !== null).map((row) => [row.unit, row.rank]));
      remember(memory, performance.now(), ranks);
      return ranks;
    },
    gained: (row) => moved(memory, row.unit, row.rank),
    forget: () => { memory.length = 0; },
  };
}

// Puts nodes in order, touching only those that stand elsewhere.
export function settle(parent, nodes) {
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}
