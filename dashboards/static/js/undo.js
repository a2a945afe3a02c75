// What this operator can still take back: the newest first; a pure list.
export function backwards(command, session) {
  const running = session.slots.find((slot) => slot.id === session.slot);
  switch (command.command) {
    case "add_time": return running && { command: "add_time", slot: running.id, added_ms: -command.added_ms };
    case "pause_presentation": return { command: "resume_presentation", slot: session.slot };
    case "skip_slot": return { command: "restore_slot", slot: command.slot };
    case "change_rundown": return { command: "change_rundown", slots: session.slots.map(bare) };
    default: return null;
  }
}

const KEPT = ["id", "group", "unit", "presenter", "title", "kind", "planned_at", "allotted_ms", "warning_ms", "deck"];

// A slot as the running order defines it, without how it went.
export function bare(slot) {
  return Object.fromEntries(KEPT.filter((key) => slot[key] !== undefined).map((key) => [key, slot[key]]));
}

// The same slots with one moved by some places; null when it would pass one that is on or done.
export function moved(slots, id, by) {
  const from = slots.findIndex((slot) => slot.id === id);
  const to = from + by;
  const free = (slot) => slot?.status === "waiting" || slot?.status === "armed";
  if (!free(slots[from]) || !free(slots[to])) return null;
  const order = slots.map(bare);
  order.splice(to, 0, ...order.splice(from, 1));
  return order;
}
