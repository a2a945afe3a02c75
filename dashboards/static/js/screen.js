// A screen of the hall: it has a name, tells the operators how fresh it is, and does what they tell it.
import { age, say, write } from "./page.js";
import { doubtMs, serverNow } from "./time.js";
import { follow } from "./session.js";

const REPORT_MS = 4_000; // the operator calls a screen gone after 10 s (screens.js): two reports may be lost
const BLINK_MS = 2_400; // four times on and off, seen from a lectern; a message that is older is not blinked again
const UNMEASURED_MS = 60_000; // nobody has told it the time yet
const EVERY = "all";
const OWN = "own";
const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u;

// The name from the address; or one made up, which this browser keeps.
function nameOf(page) {
  const asked = query.get("screen");
  if (asked && NAME.test(asked)) return asked;
  const key = `tribune.screen.${page}`;
  try {
    const kept = localStorage.getItem(key) ?? `${page}-${Math.random().toString(36).slice(2, 6)}`;
    localStorage.setItem(key, kept);
    return kept;
  } catch {
    return page;
  }
}

// What this screen was told: itself, or else with all the others.
export function told(session, name) {
  const [own, every] = [session?.screens?.[name] ?? {}, session?.screens?.[EVERY] ?? {}];
  return {
    message: own.message || every.message || "",
    blink_at: Math.max(own.blink_at ?? 0, every.blink_at ?? 0),
    blackout: Boolean(own.blackout || every.blackout),
    view: [own.view, every.view].find((view) => view && view !== OWN) ?? null,
  };
}

// `page` names the kind of screen; `draw(session, broadcast, wanted)` draws it whenever anything changed.
export async function screen(page, { draw, live, heard, empty, channels, token, view = "clock" }) {
  const name = nameOf(page);
  let link = null;
  let reported = null;
  let blinked = null;
  let shown = view;

  function take(session, broadcast) {
    const wanted = told(session, name);
    shown = wanted.view || view;
    document.body.dataset.view = shown;
    document.body.toggleAttribute("data-black", wanted.blackout);
    document.body.toggleAttribute("data-rehearsal", Boolean(session.rehearsal));
    message(wanted.message);
    blink(wanted.blink_at);
    draw(session, broadcast, { ...wanted, told: wanted.view, view: shown, name });
    report();
  }

  function message(text) {
    const band = at("message");
    if (!band) return;
    band.hidden = !text;
    document.body.toggleAttribute("data-message", Boolean(text));
    write(band, text);
  }

  // A blink is for finding a screen in the hall: it says its own name.
  function blink(since) {
    if (!since || since === blinked || serverNow() - since > BLINK_MS) return;
    blinked = since;
    const plate = at("blink");
    write(plate, name);
    plate.hidden = false;
    setTimeout(() => (plate.hidden = true), BLINK_MS);
  }

  function showLive(state) {
    document.body.dataset.live = state.state;
    write(at("live"), say(`live.${state.state}`, { age: age(state.age) }));
    live?.(state);
    if (state.state !== reported) report();
    reported = state.state;
  }

  link = await follow({ session: take, live: showLive, heard, empty }, { channels, token });

  function report() {
    link?.say({
      screen: {
        broadcast: link.broadcast.id, name, page, view: shown, seq: Math.max(0, link.seq()),
        lead_ms: Math.round(serverNow() - Date.now()), doubt_ms: Math.round(doubtMs() ?? UNMEASURED_MS),
      },
    });
  }
  report();
  setInterval(report, REPORT_MS);
  return { ...link, name };
}

// Calls `turn(now)` when it asks for it: it answers in how many ms it wants its next turn, or null.
export function ticking(turn) {
  let waiting = null;
  function go() {
    clearTimeout(waiting);
    const next = turn(serverNow());
    if (next !== null) waiting = setTimeout(go, Math.max(1, next));
  }
  return go;
}
