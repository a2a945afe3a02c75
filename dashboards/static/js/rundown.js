// The running order: planned against expected and actual; what is ahead can still be moved.
import { span } from "./countdown.js";
import { element, minute, said, say, write } from "./page.js";
import { nameOfSlot } from "./slots.js";
import { bare, moved } from "./undo.js";

const LOOK_MS = 15_000;
const BREAK_MS = 600_000;

// `decks` has `list()` and `upload(slot, file)`: the slides of the slots.
export function rundown({ list, progress, edit, command, decks }) {
  let session = null;
  let known = null;
  let chosen = null; // the slot that the keys below act on
  let drawn = "";
  let lead = null; // the slot that is on, or next
  let slides = new Map(); // by slot: how many pages its deck has

  const actions = {
    up: ["Alt ↑", () => shift(-1)],
    down: ["Alt ↓", () => shift(1)],
    pause_after: ["", addBreak],
    skip: ["", () => command("skip_slot", { slot: chosen })],
    restore: ["", () => command("restore_slot", { slot: chosen })],
    remove: ["", remove],
  };
  const buttons = Object.entries(actions).map(([name, [cap, act]]) => {
    const button = element("button", { type: "button", "data-act": name }, say(`rundown.${name}`), ...(cap ? [element("kbd", {}, cap)] : []));
    button.addEventListener("click", act);
    return button;
  });
  const file = element("input", { type: "file", accept: ".pdf,.pptx", "aria-label": say("deck.upload"), hidden: "" });
  const upload = element("button", { type: "button" }, say("deck.upload"));
  let meant = null; // whose slides are being picked: the evening may move on meanwhile
  upload.addEventListener("click", () => {
    meant = chosen;
    file.click();
  });
  file.addEventListener("change", async () => {
    const [picked] = file.files;
    if (picked && meant) await decks.upload(meant, picked);
    file.value = "";
    await lookAtDecks();
  });
  edit.append(...buttons, upload, file);
  setInterval(() => session && lookAtDecks(), LOOK_MS);
  addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.code)) return;
    event.preventDefault();
    shift(event.code === "ArrowUp" ? -1 : 1);
  });

  async function lookAtDecks() {
    slides = new Map(((await decks.list()) ?? []).map((deck) => [deck.slot, deck.pages]));
    draw(session, known);
  }

  function shift(by) {
    const slots = session && moved(session.slots, chosen, by);
    if (slots) command("change_rundown", { slots });
  }

  function remove() {
    command("change_rundown", { slots: session.slots.filter((slot) => slot.id !== chosen).map(bare) });
  }

  function addBreak() {
    const slots = session.slots.map(bare);
    const place = slots.findIndex((slot) => slot.id === chosen);
    const taken = new Set(slots.map((slot) => slot.id));
    let number = 1;
    while (taken.has(`break-${number}`)) number += 1;
    const pause = { id: `break-${number}`, kind: "break", title: { zh: "休息", en: "Break" }, allotted_ms: BREAK_MS, warning_ms: 60_000 };
    slots.splice(place + 1, 0, pause);
    command("change_rundown", { slots });
  }

  function draw(newest, broadcast) {
    if (!session) setTimeout(lookAtDecks, 0);
    [session, known] = [newest, broadcast];
    const slots = session.slots;
    const isElsewhere = lead !== (session.slot ?? session.next) || !slots.some((slot) => slot.id === chosen);
    lead = session.slot ?? session.next;
    if (isElsewhere) chosen = session.next ?? slots.at(-1)?.id ?? null;
    const talks = slots.filter((slot) => slot.kind !== "break");
    write(progress, say("rundown.progress", { n: talks.filter((slot) => slot.status === "done").length, all: talks.length }));
    const told = JSON.stringify([slots.map(({ used_ms, overtime_ms, page, ...rest }) => rest), [...slides], chosen, session.playback]);
    if (told !== drawn) paint(slots);
    drawn = told;
  }

  function paint(slots) {
    const hadFocus = list.contains(document.activeElement);
    let group = null;
    const lines = [];
    for (const slot of slots) {
      if (slot.group && slot.group !== group) lines.push(element("li", { class: "group" }, titleOf(slot.group)));
      group = slot.group ?? group;
      lines.push(line(slot));
    }
    list.replaceChildren(...lines);
    const own = list.querySelector(`[data-slot="${CSS.escape(session.slot ?? session.next ?? "")}"]`);
    own?.scrollIntoView({ block: "nearest" });
    if (hadFocus) list.querySelector("[aria-pressed=true]")?.focus();
    allow();
  }

  const titleOf = (id) => said(known.groups.find((each) => each.id === id)?.title ?? { en: id });

  function line(slot) {
    const name = nameOfSlot(slot, known);
    const planned = slot.planned_at ? minute(slot.planned_at) : "–";
    const real = slot.started_at ?? slot.expected_at;
    const late = slot.planned_at && real ? Math.round((real - slot.planned_at) / 60_000) : 0;
    const button = element("button", { type: "button", "data-slot": slot.id, "data-status": slot.status, "data-kind": slot.kind ?? "presentation", "aria-pressed": String(slot.id === chosen) },
      element("span", { class: "planned", title: say("rundown.planned") }, planned),
      element("span", { class: "real", title: say(slot.started_at ? "rundown.began" : "rundown.expected") }, real ? minute(real) : "", late ? element("small", { "data-late": String(late > 0) }, late > 0 ? `+${late}` : `−${-late}`) : ""),
      element("span", { class: "name" }, element("b", {}, name.who), element("small", {}, [name.name && name.who !== name.name ? name.name : "", slides.has(slot.id) ? say("deck.pages", { n: slides.get(slot.id) }) : ""].filter(Boolean).join(" · "))),
      element("span", { class: "length" }, slot.status === "done" && slot.used_ms !== null ? span(Math.round(slot.used_ms / 1000)) : span(slot.allotted_ms / 1000)),
      element("span", { class: "standing" }, say(`rundown.${slot.status}`)));
    button.addEventListener("click", () => {
      chosen = slot.id;
      paint(session.slots);
    });
    return element("li", {}, button);
  }

  function allow() {
    const slot = session.slots.find((each) => each.id === chosen);
    const ahead = slot?.status === "waiting" || slot?.status === "armed";
    const can = { up: Boolean(moved(session.slots, chosen, -1)), down: Boolean(moved(session.slots, chosen, 1)), pause_after: Boolean(slot), skip: ahead, restore: slot?.status === "skipped", remove: ahead };
    for (const button of buttons) {
      button.disabled = !can[button.dataset.act];
      if (button.dataset.act === "restore" || button.dataset.act === "skip") button.hidden = (button.dataset.act === "restore") !== (slot?.status === "skipped");
    }
  }

  return { draw };
}
