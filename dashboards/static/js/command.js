// Sends an operator's commands with the number of the session that the operator saw.
import { facts, say } from "./page.js";

const WITHIN_MS = 5_000; // above the 2 s after which a Go is refused anyway (LATE_MS of agents/reducers/commands.py)
const FILE_WITHIN_MS = 500_000; // above what sending, converting and drawing slides may take (120 + 120 + 240 s, dashboards/decks/store.py)
const KEY = "tribune.operator";
const REFUSED = [
  "late", "clock", "changed", "nothing_on", "another_on", "unknown_slot", "unknown_broadcast", "done", "skipped", "not_skipped",
  "paused", "over", "not_paused", "added_ms", "too_much", "slots", "reason", "open", "log_unavailable", "wrong_role", "bad_token", "rundown", "rundown_unknown", "rundown_marked", "rundown_closed",
];

// The token from the address, which is then wiped out of it, or the one that this tab keeps.
export function tokenOf() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token") ?? (location.hash.length > 40 ? location.hash.slice(1) : "");
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

export function keepToken(token) {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}

// Why something was refused, in the reader's words.
export function reasonOf(error) {
  const known = REFUSED.includes(error?.reason) ? say(`refused.${error.reason}`) : "";
  return facts.lang === "en" ? error?.detail || known : known || error?.detail || "";
}

// Calls the API as the operator: {ok, status, body, error}; an answer that does not come is no answer.
export async function call(method, path, body, { token, seq } = {}) {
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  const isFile = body instanceof Blob;
  if (body !== undefined) headers["content-type"] = isFile ? body.type || "application/octet-stream" : "application/json";
  if (seq !== undefined) headers["if-match"] = `"${seq}"`;
  try {
    const answer = await fetch(path, {
      method, headers, cache: "no-store", signal: AbortSignal.timeout(isFile ? FILE_WITHIN_MS : WITHIN_MS),
      body: body === undefined || isFile ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    const told = text ? JSON.parse(text) : null;
    return { ok: answer.ok, status: answer.status, body: told, error: answer.ok ? null : told?.error };
  } catch {
    return { ok: false, status: 0, body: null, error: null };
  }
}
