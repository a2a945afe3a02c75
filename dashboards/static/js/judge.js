// An evaluator's paper on a phone: who is on stage now, the formula's criteria, marks kept as they are set.
import { call } from "./command.js";
import { countdown } from "./countdown.js";
import { criteria } from "./criteria.js";
import { isCardRefused, outbox } from "./outbox.js";
import { element, said, say, write } from "./page.js";
import { ticking } from "./screen.js";
import { follow } from "./session.js";
import { nameOfSlot, standing } from "./slots.js";

const KEY = "tribune.judge";
const SAVE_MS = 500; // the console takes ten a second of each evaluator (per_evaluator_per_second): one hand makes two
const ASK_MS = 4_000; // the console is away; whoever waits looks at the page
const LOOK_MS = 15_000; // who is on stage comes by push; this finds what else changed: a formula, a correction
const at = (id) => document.getElementById(id);
const token = tokenOf();
let session = null;
let known = null;
let own = null; // who the evaluator is, and what the console has of theirs
let chosen = null; // the slot on the paper, when it is not the one on stage
let begun = null; // the slot whose marks were begun while it was on stage: it stays until they are submitted
let paper = null;
let box = null;
let card = ""; // why the card is not taken any more
const refusals = new Map(); // by slot: why its marks were not taken

function tokenOf() {
  const given = location.hash.slice(1).replace(/^token=/, "");
  try {
    if (given) localStorage.setItem(KEY, given);
    if (given) history.replaceState(null, "", location.pathname + location.search);
    return given || localStorage.getItem(KEY) || "";
  } catch {
    return given;
  }
}

// ---- whose paper it is ----
async function begin() {
  if (!token) return problem("no_card");
  for (;;) {
    const answer = await call("GET", "/api/marks", undefined, { token });
    if (answer.ok) return open(answer.body);
    if (isCardRefused(answer.status, answer.error?.reason)) return problem(wrongOf(answer));
    problem("no_answer");
    await new Promise((done) => setTimeout(done, ASK_MS));
  }
}

// What is wrong with the card: it is none, it is of another evening, or it was good and is no longer.
function wrongOf(answer) {
  const { reason } = answer.error ?? {};
  if (reason === "card_revoked") return "revoked_card";
  return reason === "wrong_role" ? "not_a_card" : reason === "unknown_evaluator" ? "foreign_card" : "bad_card";
}

function problem(why) {
  at("problem").hidden = false;
  write(at("problem-title"), say(`card.${why}`));
  write(at("problem-next"), say(`card.${why}_next`));
}

// A card that is taken back while the page is open: it is said before the next mark is set.
async function look() {
  const answer = await call("GET", "/api/marks", undefined, { token });
  if (isCardRefused(answer.status, answer.error?.reason)) {
    card = wrongOf(answer);
    problem(card);
    drawSaved();
    return;
  }
  setTimeout(look, LOOK_MS);
}

// Another card, scanned into this same page.
addEventListener("hashchange", () => location.reload());

function open(found) {
  own = found;
  at("problem").hidden = true;
  const path = (slot) => `/api/slots/${encodeURIComponent(slot)}/marks`;
  box = outbox({
    key: `${KEY}.${own.broadcast}.${own.evaluator.id}`,
    send: (slot, entry) => call("PUT", path(slot), entry, { token }),
    kept: (slot, entry) => {
      own.slots[slot] = entry;
      card = "";
      at("problem").hidden = true;
      refusals.delete(slot);
    },
    refused: (slot, answer) => refusals.set(slot, answer.error?.reason ?? ""),
    carded: (answer) => {
      card = wrongOf(answer);
      problem(card);
      drawSaved();
    },
    changed: () => session && draw(session, known),
  });
  write(at("evaluator"), said(own.evaluator.name));
  follow({ session: draw, live, empty: (why) => write(at("panel"), say(`screen.${why}`)) }, { named: own.broadcast });
  drawSaved();
  box.flush();
  setTimeout(look, LOOK_MS);
}

function live({ state }) {
  document.body.dataset.live = state;
  write(at("old"), state === "reconnecting" ? say("live.lost") : state === "stale" ? say("live.old") : "");
  if (box) drawSaved();
}

// ---- the paper ----
const current = () => chosen ?? (isDraft(slotOf(begun)) ? begun : null) ?? session.slot ?? lastDone()?.id ?? session.next;
const lastDone = () => session.slots.filter((slot) => slot.status === "done" && slot.kind !== "break").at(-1);
const slotOf = (id) => session.slots.find((slot) => slot.id === id) ?? null;
const groupOf = (slot) => session.groups.find((group) => group.id === slot?.group) ?? null;
const isClosed = (slot) => ["closed", "revealing", "revealed"].includes(groupOf(slot)?.status);
const isOwn = (slot) => own.evaluator.units.includes(slot?.unit);
const entryOf = (slot) => box.of(slot) ?? own.slots[slot] ?? null;
const hasMarks = (entry) => Object.keys(entry?.marks ?? {}).length > 0;

// Marks that count only once they are submitted, while they still can be.
function isDraft(slot) {
  const entry = slot && entryOf(slot.id);
  return hasMarks(entry) && !entry.submitted && !entry.recused && !isClosed(slot);
}

function formulaOf(slot) {
  const group = known.groups.find((each) => each.id === slot?.group);
  return (known.formulas ?? []).filter((each) => each.id === group?.formula).sort((a, b) => b.version - a.version)[0] ?? null;
}

function draw(newest, broadcast) {
  [session, known] = [newest, broadcast];
  at("desk").hidden = false;
  at("rehearsal").hidden = !session.rehearsal;
  write(at("panel"), said(known.panels.find((panel) => panel.id === own.evaluator.panel)?.title ?? {}));
  drawPaper(slotOf(current()));
  drawList();
  drawSaved();
  turn();
}

function drawPaper(slot) {
  const name = nameOfSlot(slot, known);
  write(at("presenter"), name.who || say("judge.nobody"));
  write(at("unit"), name.what);
  const onStage = session.slot;
  at("back").hidden = !onStage || onStage === slot?.id || slotOf(onStage)?.kind === "break";
  write(at("back"), onStage ? say("judge.back", { who: nameOfSlot(slotOf(onStage), known).who }) : "");
  drawDraft(slot);
  write(at("standing"), slot ? standing(slot) : "");
  document.body.dataset.standing = slot?.status ?? "";
  const canMark = Boolean(slot?.group) && !isOwn(slot) && (slot.status === "on" || slot.status === "done");
  const entry = slot ? entryOf(slot.id) : null;
  const formula = formulaOf(slot);
  if (paper?.slot !== slot?.id) {
    paper = { slot: slot?.id, sheet: criteria(at("marks"), formula?.criteria ?? [], setMark) };
    at("reason").value = "";
    at("tie").open = false;
  }
  const locked = !canMark || isClosed(slot) || Boolean(entry?.recused);
  paper.sheet.draw(entry?.marks ?? {}, locked);
  at("marks").hidden = at("total-line").hidden = !canMark || Boolean(entry?.recused);
  const whole = formula?.criteria.reduce((sum, each) => sum + each.max, 0) ?? 0;
  write(at("total"), paper.sheet.isWhole() ? `${paper.sheet.total()} / ${whole}` : `– / ${whole}`);
  drawSubmit(slot, entry, locked, canMark);
}

// What was begun for somebody else and never submitted: one tap leads there.
function drawDraft(slot) {
  const draft = session.slots.find((each) => each.id !== slot?.id && isDraft(each));
  at("draft").hidden = !draft;
  at("draft").dataset.slot = draft?.id ?? "";
  write(at("draft"), draft ? say("judge.draft", { who: nameOfSlot(draft, known).who }) : "");
}

function drawSubmit(slot, entry, locked, canMark) {
  const button = at("submit");
  button.hidden = locked;
  button.disabled = !paper.sheet.isWhole() || Boolean(entry?.submitted);
  button.classList.toggle("done", Boolean(entry?.submitted));
  write(button, say(entry?.submitted ? (box.of(slot.id) ? "judge.handed_in" : "judge.submitted") : paper.sheet.isWhole() ? "judge.submit" : "judge.incomplete"));
  at("tie").hidden = locked || Boolean(entry?.submitted);
  at("unrecuse").hidden = !(canMark && entry?.recused && !isClosed(slot));
  const notice = noticeOf(slot, entry, canMark);
  at("notice").hidden = !notice;
  write(at("notice"), notice);
}

function noticeOf(slot, entry, canMark) {
  if (!slot?.group) return slot ? say("judge.break") : "";
  if (isOwn(slot)) return say("judge.own_unit");
  if (refusals.has(slot.id)) return say(isClosed(slot) ? "judge.too_late" : refusals.get(slot.id) === "not_asked" ? "judge.not_asked" : "judge.refused");
  if (entry?.recused) return say("judge.recused", { reason: entry.recused });
  if (isClosed(slot)) return say(entry?.submitted ? "judge.closed" : hasMarks(entry) ? "judge.closed_draft" : "judge.closed_unmarked");
  if (!canMark) return slot.status === "skipped" ? say("judge.skipped") : say("judge.not_yet");
  return entry?.submitted ? say("judge.change") : "";
}

let saving = null;

function setMark() {
  const slot = paper.slot;
  const sheet = paper.sheet;
  if (slot === session.slot) begun = slot;
  clearTimeout(saving?.timer);
  const save = () => {
    saving = null;
    const before = entryOf(slot);
    box.put(slot, { marks: sheet.marks(), submitted: Boolean(before?.submitted) && sheet.isWhole() });
  };
  if (saving && saving.slot !== slot) saving.save();
  saving = { slot, save, timer: setTimeout(save, SAVE_MS) };
  drawSaved();
  write(at("total"), at("total").textContent.replace(/^\S+/, sheet.isWhole() ? String(sheet.total()) : "–"));
  at("submit").disabled = !sheet.isWhole();
}

function saveNow() {
  clearTimeout(saving?.timer);
  saving?.save();
}
addEventListener("pagehide", saveNow);

at("submit").addEventListener("click", () => {
  clearTimeout(saving?.timer);
  saving = null;
  box.put(paper.slot, { marks: paper.sheet.marks(), submitted: true });
  navigator.vibrate?.(30);
});
at("recuse").addEventListener("click", () => {
  const reason = at("reason").value.trim();
  if (!reason) return at("reason").focus();
  clearTimeout(saving?.timer);
  saving = null;
  box.put(paper.slot, { recused: reason });
});
at("unrecuse").addEventListener("click", () => box.put(paper.slot, { marks: paper.sheet.marks(), submitted: false }));
at("back").addEventListener("click", () => choose(null));
at("draft").addEventListener("click", () => choose(at("draft").dataset.slot));

function choose(slot) {
  saveNow();
  chosen = slot === session.slot ? null : slot;
  begun = null;
  draw(session, known);
  scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

// ---- all of them ----
function drawList() {
  const marked = session.slots.filter((slot) => slot.group && !isOwn(slot) && slot.status !== "skipped");
  const settled = marked.filter((slot) => entryOf(slot.id)?.submitted || entryOf(slot.id)?.recused);
  write(at("progress"), say("judge.progress", { n: settled.length, all: marked.length }));
  const told = JSON.stringify([session.slots.map((slot) => [slot.id, slot.status, groupOf(slot)?.status, entryOf(slot.id)]), current()]);
  if (told === listed) return;
  listed = told;
  const slots = session.slots.filter((slot) => slot.kind !== "break");
  at("slots").replaceChildren(...slots.flatMap((slot, place) => (slot.group !== slots[place - 1]?.group ? [heading(slot), line(slot)] : [line(slot)])));
}

const heading = (slot) => element("li", { class: "group" }, said(known.groups.find((each) => each.id === slot.group)?.title ?? {}));

let listed = "";

function line(slot) {
  const entry = entryOf(slot.id);
  const how = isOwn(slot) ? "own" : entry?.recused ? "recused" : entry?.submitted ? "submitted" : hasMarks(entry) ? "draft" : "none";
  const total = hasMarks(entry) ? Object.values(entry.marks).reduce((sum, mark) => sum + mark, 0) : "";
  const name = nameOfSlot(slot, known);
  const button = element("button", { type: "button", "data-how": how, "aria-current": String(slot.id === current()) },
    element("i", { "aria-hidden": "true" }),
    element("span", { class: "name" }, element("b", {}, name.who), element("small", {}, name.name && name.name !== name.who ? name.name : "")),
    element("span", { class: "mark" }, how === "submitted" || how === "draft" ? String(total) : ""),
    element("small", { class: "how" }, how !== "none" ? say(`mark.${how}`) : slot.status === "done" ? say("mark.unmarked") : say(`rundown.${slot.status}`)));
  button.addEventListener("click", () => choose(slot.id));
  return element("li", {}, button);
}

function drawSaved() {
  const count = box.count() + (saving && !box.of(saving.slot) ? 1 : 0);
  at("saved").hidden = false;
  const state = card && count ? "card" : count === 0 ? "all" : box.isFailing() || !navigator.onLine ? "waiting" : "sending";
  document.body.dataset.saved = state;
  write(at("saved-words"), say(`saved.${state}`, { n: count }));
}

const turn = ticking((now) => {
  const clock = countdown(session, now);
  const isShown = session && current() === session.slot;
  document.body.dataset.phase = isShown ? clock.phase : "normal";
  write(at("clock"), isShown ? clock.text : "");
  return clock.next ?? 1_000;
});

begin();
