// The screens of the hall: who listens, how fresh each is, and what it is told.
import { age, element, say, write } from "./page.js";
import { serverNow } from "./time.js";

const SILENT_MS = 10_000; // screens report every 4 s (screen.js); as SILENT_MS of dashboards/preflight/rules.py
const LAG_MS = 1_500; // so long a screen may take to follow what is new
const CLOCK_OFF_MS = 1_000; // as CLOCK_OFF_MS of dashboards/preflight/rules.py
const CLOCK_UNSURE_MS = 50; // as CLOCK_UNSURE_MS of dashboards/preflight/rules.py
const EVERY = "all";
const HALL = ["clock", "slides", "board"];
const VIEWS = { stage: HALL, slides: HALL, board: HALL, overlay: ["clock", "lowerthird", "slides", "board"] };
const PRESETS = ["message_wrap", "message_mic", "message_slow", "message_wait"];

// fresh: it reported lately and has what everybody has; a screen that is behind is stale.
export function freshness(screen, seq, now) {
  const silent = now - screen.heard_at;
  if (screen.hasLeft || silent > SILENT_MS) return { state: "gone", silent };
  return { state: screen.seq >= seq ? "fresh" : "behind", silent };
}

// What is to be said of its clock, if anything: that its countdown may be wrong; or that its machine's
// own clock is, which its countdown allows for.
export function clockOf(screen) {
  if (screen.doubt_ms > CLOCK_UNSURE_MS) return "clock_unsure";
  return Math.abs(screen.lead_ms) > CLOCK_OFF_MS ? (screen.lead_ms > 0 ? "clock_slow" : "clock_fast") : null;
}

// The newest number that everybody has had the time to follow, of [{seq, at}]: oldest first.
export function followed(news, now) {
  return news.findLast(({ at }) => now - at >= LAG_MS)?.seq ?? 0;
}

export function screens({ list, count, form, field, to, presets, tell }) {
  let all = []; // those that listen, and those that did and have left
  let session = null;
  let listed = null;
  const drawn = new Map(); // by screen: its line, and what that tells
  let news = []; // the last sessions: {seq, at}

  presets.append(...PRESETS.map((key) => {
    const button = element("button", { type: "button" }, say(`operator.${key}`));
    button.addEventListener("click", () => speak(say(`operator.${key}`)));
    return button;
  }));
  const clear = element("button", { type: "button", class: "clear" }, say("operator.clear"));
  clear.addEventListener("click", () => speak(""));
  presets.append(clear);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    speak(field.value.trim());
    field.value = "";
    field.blur();
  });

  to.addEventListener("change", () => session && draw(session));
  const shownOn = (name) => session?.screens?.[name]?.message || "";
  const speak = (message) => tell(to.value, { message }, { message: shownOn(to.value) });
  const keyOf = (screen) => `${screen.page} ${screen.name}`;

  // Who is no longer named has left: it stays in sight until the operator forgets it. One that was
  // pointed at another view is another page of the same name.
  function hear(newest) {
    const here = new Set(newest.map((screen) => screen.name));
    const left = all.filter((screen) => !here.has(screen.name)).map((screen) => ({ ...screen, hasLeft: true }));
    all = [...newest, ...left].sort((a, b) => a.page.localeCompare(b.page) || a.name.localeCompare(b.name));
  }

  function forget(screen) {
    all = all.filter((each) => keyOf(each) !== keyOf(screen));
    draw(session);
  }

  function note(seq, now) {
    if (seq !== news.at(-1)?.seq) news = [...news.filter(({ at }) => now - at < 2 * LAG_MS), { seq, at: now }];
    return followed(news, now);
  }

  // Whom the next message goes to: all, or one. Whoever was chosen stays chosen, also when it has left.
  function offer() {
    const names = [...new Set([...all.map((screen) => screen.name), to.value])].filter((name) => name && name !== EVERY);
    if (names.join("\n") === offered) return;
    offered = names.join("\n");
    const chosen = to.value || EVERY;
    to.replaceChildren(element("option", { value: EVERY }, say("operator.to_all")), ...names.map((name) => element("option", { value: name }, name)));
    to.value = chosen;
  }
  let offered = null;

  function draw(newest) {
    session = newest;
    const now = serverNow();
    const seq = note(session.seq, now);
    const seen = all.map((screen) => ({ ...screen, ...freshness(screen, seq, now), clock: clockOf(screen) }));
    const fresh = seen.filter((screen) => screen.state === "fresh").length;
    write(count, say("operator.screens_fresh", { n: fresh, all: seen.length }));
    count.dataset.state = fresh === seen.length ? "good" : "bad";
    offer();
    const message = shownOn(to.value);
    clear.disabled = !message;
    field.placeholder = message ? say("operator.shown_now", { message }) : say("operator.message");
    const listing = seen.map(keyOf).join("\n");
    const lines = seen.map(lineOf);
    if (listing !== listed) list.replaceChildren(...(lines.length ? lines : [element("li", { class: "none" }, say("operator.no_screen"))]));
    listed = listing;
  }

  // Only a line that says something new is made anew, and never under the operator's finger.
  function lineOf(screen) {
    const { heard_at, silent, seq, lead_ms, doubt_ms, ...rest } = screen;
    const told = JSON.stringify([rest, screen.state === "gone" && Math.round(silent / 1000), session.screens?.[screen.name]]);
    const before = drawn.get(keyOf(screen));
    if (before?.told === told || before?.node.querySelector("select:focus, :active")) return before.node;
    const node = line(screen);
    drawn.set(keyOf(screen), { told, node });
    if (before?.node.isConnected) replace(before.node, node);
    return node;
  }

  function line(screen) {
    const own = session.screens?.[screen.name] ?? {};
    const views = VIEWS[screen.page] ?? [];
    const name = element("b", {}, screen.name);
    const dot = element("i", { class: "dot", "aria-hidden": "true" });
    if (screen.hasLeft) return element("li", { "data-state": "gone" }, dot, name, how(screen, own), press(say("operator.forget"), () => forget(screen), "forget"));
    const choose = element("select", { "aria-label": say("operator.view_of", { name: screen.name }) }, ...views.map((view) => {
      const option = element("option", { value: view }, say(`view.${view}`));
      option.selected = view === screen.view;
      return option;
    }));
    choose.addEventListener("change", () => {
      choose.blur();
      tell(screen.name, { view: choose.value }, { view: screen.view });
    });
    return element("li", { "data-state": screen.state }, dot, name, how(screen, own),
      views.length ? choose : element("span", { class: "kind" }, say(`view.${screen.page in PAGES ? screen.page : "clock"}`)),
      press(say("operator.blink"), () => tell(screen.name, { blink: true })),
      press(say(own.blackout ? "operator.light" : "operator.dark"), () => tell(screen.name, { blackout: !own.blackout }, { blackout: Boolean(own.blackout) })),
    );
  }

  return { hear, draw };
}

// In words: how fresh it is, what its clock is worth, and the message that it alone shows.
function how(screen, own) {
  const fresh = screen.state === "gone" ? say("operator.silent_for", { age: age(screen.silent) }) : say(`operator.${screen.state}`);
  const off = age(Math.abs(screen.lead_ms));
  const clock = screen.clock && say(`operator.${screen.clock}`, { off, ms: screen.doubt_ms });
  return element("span", { class: "how" }, fresh,
    ...(clock ? [" · ", element("span", { class: "clock-off", title: screen.clock === "clock_unsure" ? "" : say("operator.clock_allowed") }, clock)] : []),
    ...(own.message ? [element("q", {}, own.message)] : []));
}

// The line, and the focus in it.
function replace(before, node) {
  const place = [...before.querySelectorAll("button, select")].indexOf(document.activeElement);
  before.replaceWith(node);
  if (place >= 0) node.querySelectorAll("button, select")[place]?.focus();
}

const PAGES = { slides: 1, overlay: 1, stage: 1, board: 1 };

function press(label, act, kind = "") {
  const button = element("button", { type: "button", class: kind }, label);
  button.addEventListener("click", act);
  return button;
}
