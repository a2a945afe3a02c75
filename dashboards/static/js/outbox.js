// Marks that wait on the phone until the console has them: the latest of each slot, sent one by one.
import { backOff } from "./live.js";

const NOT_THIS_CARD = ["wrong_role", "unknown_evaluator", "too_many_attempts"];

// Whether an answer says that the card itself is no good: only with another one does it go on. Pure.
export function isCardRefused(status, reason) {
  return status === 401 || NOT_THIS_CARD.includes(reason);
}

// What becomes of an answer: "kept" it is there; "refused" it never will be; "later" try again; "card"
// it waits for another card. Pure.
export function fate(status, reason) {
  if (status >= 200 && status < 300) return "kept";
  if (isCardRefused(status, reason)) return "card";
  return status === 0 || status === 408 || status === 429 || status >= 500 ? "later" : "refused";
}

// `send(slot, entry)` answers {status, body, error}; `changed()` is called after every step;
// `carded(answer)` when the card was refused: nothing is lost, all of it goes with the next card.
export function outbox({ key, send, kept, refused, carded, changed }) {
  const waiting = read(key);
  let sending = null; // the slot under way
  let failures = 0;
  let retry = null;

  function keep() {
    try {
      localStorage.setItem(key, JSON.stringify(waiting));
    } catch { /* no room or not allowed: it waits in this page only */ }
    changed();
  }

  function put(slot, entry) {
    waiting[slot] = entry;
    keep();
    flush();
  }

  async function flush() {
    clearTimeout(retry);
    const slot = Object.keys(waiting)[0];
    if (sending || slot === undefined) return;
    sending = slot;
    const entry = waiting[slot];
    const answer = await send(slot, entry);
    sending = null;
    const end = fate(answer.status, answer.error?.reason);
    if (end === "card") return carded(answer);
    if (end !== "later") {
      failures = 0;
      const isNewest = waiting[slot] === entry; // else it was changed meanwhile, and goes again
      if (isNewest) delete waiting[slot];
      if (end === "kept") kept(slot, isNewest ? answer.body ?? entry : entry);
      else refused(slot, answer);
      keep();
      return flush();
    }
    failures += 1;
    changed();
    retry = setTimeout(flush, backOff(failures, Math.random()));
  }

  addEventListener("online", flush);
  return { put, flush, of: (slot) => waiting[slot], count: () => Object.keys(waiting).length, isFailing: () => failures > 0 };
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}
