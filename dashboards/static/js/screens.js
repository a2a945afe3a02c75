// The screens of the hall: who listens, how fresh each is, and what it is told.
import { age, element, say, write } from "./page.js";
import { serverNow } from "./time.js";

const SILENT_MS = 10_000;
const VIEWS = { stage: ["clock", "board"], overlay: ["clock", "lowerthird", "board"], board: ["board", "clock"] };
const PRESETS = ["message_wrap", "message_mic", "message_slow", "message_wait"];

// fresh: it reported lately and has what everybody has; a screen that is behind is stale.
export function freshness(screen, seq, now) {
  const silent = now - screen.heard_at;
  if (silent > SILENT_MS) return { state: "gone", silent };
  return { state: screen.seq >= seq ? "fresh" : "behind", silent };
}

export function screens({ list, count, form, field, presets, tell }) {
  let all = [];
  let session = null;
  let drawn = "";

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

  const speak = (message) => tell("all", { message }, { message: session?.screens?.all?.message ?? "" });

  function hear(newest) {
    all = [...newest].sort((a, b) => a.page.localeCompare(b.page) || a.name.localeCompare(b.name));
  }

  function draw(newest) {
    session = newest;
    const now = serverNow();
    const seen = all.map((screen) => ({ ...screen, ...freshness(screen, session.seq, now) }));
    const fresh = seen.filter((screen) => screen.state === "fresh").length;
    write(count, say("operator.screens_fresh", { n: fresh, all: seen.length }));
    count.dataset.state = fresh === seen.length ? "good" : "bad";
    const message = session.screens?.all?.message || "";
    clear.disabled = !message;
    field.placeholder = message ? say("operator.shown_now", { message }) : say("operator.message");
    const told = JSON.stringify([seen.map(({ heard_at, silent, ...rest }) => ({ ...rest, old: rest.state === "gone" && Math.round(silent / 1000) })), session.screens]);
    if (told !== drawn && !list.contains(document.activeElement)) list.replaceChildren(...(seen.length ? seen.map(line) : [element("li", { class: "none" }, say("operator.no_screen"))]));
    drawn = told;
  }

  function line(screen) {
    const own = session.screens?.[screen.name] ?? {};
    const views = VIEWS[screen.page] ?? [];
    const how = screen.state === "fresh" ? say("operator.fresh") : screen.state === "behind" ? say("operator.behind") : say("operator.silent_for", { age: age(screen.silent) });
    const choose = element("select", { "aria-label": say("operator.view_of", { name: screen.name }) }, ...views.map((view) => {
      const option = element("option", { value: view }, say(`view.${view}`));
      option.selected = view === screen.view;
      return option;
    }));
    choose.addEventListener("change", () => {
      choose.blur();
      tell(screen.name, { view: choose.value }, { view: screen.view });
    });
    return element("li", { "data-state": screen.state },
      element("i", { class: "dot", "aria-hidden": "true" }),
      element("b", {}, screen.name), element("span", { class: "how" }, how),
      views.length ? choose : element("span", { class: "kind" }, say(`view.${screen.page in PAGES ? screen.page : "clock"}`)),
      press(say("operator.blink"), () => tell(screen.name, { blink: true })),
      press(say(own.blackout ? "operator.light" : "operator.dark"), () => tell(screen.name, { blackout: !own.blackout }, { blackout: Boolean(own.blackout) })),
    );
  }

  return { hear, draw };
}

const PAGES = { slides: 1, overlay: 1, stage: 1, board: 1 };

function press(label, act) {
  const button = element("button", { type: "button" }, label);
  button.addEventListener("click", act);
  return button;
}
