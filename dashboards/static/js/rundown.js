// The running order: planned against expected and actual; what is ahead can still be moved.
import { span } from "./countdown.js";
import { held } from "./held.js";
import { element, minute, said, say, write } from "./page.js";
import { slotForm } from "./slot_form.js";
import { lateness, nameOfSlot, standing } from "./slots.js";
import { bare, moved } from "./undo.js";

const LOOK_MS = 15_000; // decks come by another page; the day's order by push
const BREAK_MS = 600_000; // ten minutes: a tea

const isAhead = (slot) => slot?.status === "waiting" || slot?.status === "armed";

// A name that no slot has had, in this broadcast or another.
const newName = (kind) => `${kind}-${Array.from(crypto.getRandomValues(new Uint8Array(5)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;

// `decks` has `list()` and `upload(slot, file)`: the slides of the slots. `toast` tells the operator.
export function rundown({ list, progress, edit, form, command, decks, toast }) {
  let session = null;
  let known = null;
  let chosen = null; // the slot that the keys below act on
  let drawn = "";
  let lead = null; // the slot that is on, or next
  let sought = null; // the slot that the list must show when it is drawn next
  let slides = new Map(); // by slot: how many pages its deck has

  const actions = {
    up: ["Alt ↑", () => shift(-1)],
    down: ["Alt ↓", () => shift(1)],
    edit: ["", () => paper.edit(slotOf(chosen), known, nameOfSlot(slotOf(chosen), known).who)],
    insert: ["", () => paper.insert(slotOf(chosen), known, newName("slot"))],
    pause_after: ["", addBreak],
    skip: ["", () => command("skip_slot", { slot: chosen })],
    restore: ["", () => command("restore_slot", { slot: chosen })],
  };
  const buttons = Object.entries(actions).map(([name, [cap, act]]) => {
    const button = element("button", { type: "button", "data-act": name }, say(`rundown.${name}`), ...(cap ? [element("kbd", {}, cap)] : []));
    button.addEventListener("click", act);
    return button;
  });
  buttons.push(held(say("rundown.remove"), remove, { "data-act": "remove", aim: () => chosen }));
  const paper = slotForm({ form, put, add, toggled });
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
    sought = chosen;
  }

  function remove(id) {
    command("change_rundown", { slots: session.slots.filter((slot) => slot.id !== id).map(bare) });
  }

  async function put(id, patch) {
    if (Object.keys(patch).length === 0) return true;
    return command("change_rundown", { slots: session.slots.map((slot) => (slot.id === id ? { ...bare(slot), ...patch } : bare(slot))) });
  }

  async function add(slot, after) {
    const slots = session.slots.map(bare);
    slots.splice(slots.findIndex((each) => each.id === after) + 1, 0, slot);
    const isTaken = await command("change_rundown", { slots });
    if (isTaken) choose(slot.id);
    return isTaken;
  }

  function toggled(isOpen) {
    edit.hidden = isOpen;
    if (!isOpen) edit.querySelector("[data-act=edit]:enabled, [data-act=insert]:enabled")?.focus();
  }

  function addBreak() {
    add({ id: newName("break"), kind: "break", title: { zh: "休息", en: "Break" }, allotted_ms: BREAK_MS, warning_ms: 60_000 }, chosen);
  }

  const slotOf = (id) => session.slots.find((each) => each.id === id);

  function choose(id) {
    chosen = sought = id;
    paint(session.slots);
  }

  // What is being changed has begun, or another operator took it away: there is nothing left to change.
  function giveUp() {
    if (!paper.of() || isAhead(slotOf(paper.of()))) return;
    paper.close();
    toast(say("rundown.begun_meanwhile"));
  }

  function draw(newest, broadcast) {
    if (!session) setTimeout(lookAtDecks, 0);
    [session, known] = [newest, broadcast];
    const slots = session.slots;
    giveUp();
    const isElsewhere = lead !== (session.slot ?? session.next) || !slots.some((slot) => slot.id === chosen);
    lead = session.slot ?? session.next;
    if (isElsewhere) chosen = session.next ?? slots.at(-1)?.id ?? null;
    if (isElsewhere) sought = lead;
    const talks = slots.filter((slot) => slot.kind !== "break" && slot.status !== "skipped");
    write(progress, say("rundown.progress", { n: talks.filter((slot) => slot.status === "done").length, all: talks.length }));
    const told = JSON.stringify([slots.map(({ used_ms, overtime_ms, page, ...rest }) => rest), [...slides], chosen, session.playback, session.plan_shift_ms]);
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
    show(sought);
    sought = null;
    if (hadFocus) list.querySelector("[aria-pressed=true]")?.focus();
    allow();
  }

  // Scrolls the list alone, never the page: on a phone the operator's thumb is elsewhere.
  function show(id) {
    const row = id && list.querySelector(`[data-slot="${CSS.escape(id)}"]`)?.getBoundingClientRect();
    if (!row) return;
    const frame = list.getBoundingClientRect();
    const top = frame.top + (list.querySelector(".group")?.offsetHeight ?? 0);
    list.scrollTop += Math.min(0, row.top - top) + Math.max(0, row.bottom - frame.bottom);
  }

  const titleOf = (id) => said(known.groups.find((each) => each.id === id)?.title ?? { en: id });

  function line(slot) {
    const name = nameOfSlot(slot, known);
    const planned = slot.planned_at ? minute(slot.planned_at) : "–";
    const real = slot.started_at ?? slot.expected_at;
    const late = lateness(slot, session);
    const button = element("button", { type: "button", "data-slot": slot.id, "data-status": slot.status, "data-kind": slot.kind ?? "presentation", "aria-pressed": String(slot.id === chosen) },
      element("span", { class: "planned", title: say("rundown.planned") }, planned),
      element("span", { class: "real", title: say(slot.started_at ? "rundown.began" : "rundown.expected") }, real ? minute(real) : "", late && Math.abs(late) < 1_000 ? element("small", { "data-late": String(late > 0) }, late > 0 ? `+${late}` : `−${-late}`) : ""),
      element("span", { class: "name" }, element("b", {}, name.who), element("small", {}, [name.name && name.who !== name.name ? name.name : "", slides.has(slot.id) ? say("deck.pages", { n: slides.get(slot.id) }) : ""].filter(Boolean).join(" · "))),
      element("span", { class: "length" }, slot.status === "done" && slot.used_ms !== null ? span(Math.round(slot.used_ms / 1000)) : span(slot.allotted_ms / 1000)),
      element("span", { class: "standing" }, standing(slot)));
    button.addEventListener("click", () => choose(slot.id));
    return element("li", {}, button);
  }

  function allow() {
    const slot = slotOf(chosen);
    const ahead = isAhead(slot);
    const can = { edit: ahead, insert: Boolean(known.groups?.length && known.units?.length), up: Boolean(moved(session.slots, chosen, -1)), down: Boolean(moved(session.slots, chosen, 1)), pause_after: Boolean(slot), skip: ahead, restore: slot?.status === "skipped", remove: ahead };
    for (const button of buttons) {
      if (!button.dataset.held) button.disabled = !can[button.dataset.act];
      if (button.dataset.act === "restore" || button.dataset.act === "skip") button.hidden = (button.dataset.act === "restore") !== (slot?.status === "skipped");
    }
  }

  return { draw };
}
