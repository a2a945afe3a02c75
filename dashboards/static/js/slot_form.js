// The form that changes a slot that is still ahead, or puts a new one into the running order.
import { span } from "./countdown.js";
import { element, minute, said, say, write } from "./page.js";

const LANGUAGES = ["zh", "en"];
const DAY_MS = 86_400_000;
const NEW = { kind: "presentation", allotted_ms: 300_000, warning_ms: 10_000 };

// A length as people write it: 5 (minutes), 5:30 or 1:00:00, with either colon; null when it is none.
export function lengthOf(text) {
  const parts = text.trim().replaceAll("：", ":").split(":");
  if (parts.length > 3 || parts.some((part, place) => !(place ? /^[0-5]\d$/ : /^\d{1,3}$/).test(part))) return null;
  const seconds = parts.length === 1 ? 60 * parts[0] : parts.reduce((sum, part) => 60 * sum + Number(part), 0);
  return 1_000 * seconds;
}

// The time of day `text` (HH:MM) that is nearest to another time, ms.
export function timeNear(text, near) {
  const [hours, minutes] = text.split(":").map(Number);
  const found = new Date(near).setHours(hours, minutes, 0, 0);
  if (Math.abs(found - near) <= DAY_MS / 2) return found;
  const next = new Date(found);
  return next.setDate(next.getDate() + (found < near ? 1 : -1));
}

// `put(slot, patch)` saves what was changed of a slot; `add(slot, after)` a new one. Both tell whether
// it was taken: until then the form stays. `toggled(isOpen)` is called when it opens and closes.
export function slotForm({ form, put, add, toggled }) {
  const fields = form.elements;
  const title = form.querySelector("h3");
  let slot = null; // as it was when the form was opened
  let after = null; // the slot that a new one comes after
  let isNew = false;
  let shown = {};

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fields.save.disabled = true;
    const saved = isNew ? await add({ ...slot, ...patch() }, after) : await put(slot.id, patch());
    fields.save.disabled = false;
    if (saved) close();
  });
  form.addEventListener("keydown", (event) => {
    if (event.code !== "Escape") return;
    event.stopPropagation(); // it closes the form, and stops nobody
    close();
  });
  fields.cancel.addEventListener("click", close);
  fields.allotted.addEventListener("input", judge);

  // Says at once what is wrong with the length.
  function judge() {
    const length = lengthOf(fields.allotted.value);
    const wrong = length === null ? say("rundown.length_how") : length <= slot.warning_ms ? say("rundown.length_short", { warning: span(slot.warning_ms / 1000) }) : "";
    fields.allotted.setCustomValidity(wrong);
  }

  const inputs = () => [...form.querySelectorAll("input, select")];

  function fill(values) {
    for (const input of inputs()) input.value = values[input.name] ?? "";
    shown = Object.fromEntries(inputs().map((input) => [input.name, input.value]));
    judge();
  }

  const isChanged = (name) => fields[name].value.trim() !== shown[name];

  // Only what this operator changed: the rest may have been changed by another meanwhile.
  function patch() {
    const changed = {};
    for (const key of ["presenter", "title"]) {
      if (LANGUAGES.some((lang) => isChanged(`${key}_${lang}`))) changed[key] = text(key);
    }
    if (isChanged("planned")) changed.planned_at = fields.planned.value ? timeNear(fields.planned.value, slot.planned_at ?? Date.now()) : null;
    if (isChanged("allotted")) changed.allotted_ms = lengthOf(fields.allotted.value);
    for (const key of ["group", "unit"]) {
      if (slot.kind !== "break" && (isNew || isChanged(key))) changed[key] = fields[key].value;
    }
    return changed;
  }

  function text(key) {
    const words = Object.fromEntries(LANGUAGES.map((lang) => [lang, fields[`${key}_${lang}`].value.trim()]));
    return words.zh || words.en ? words : null;
  }

  const valuesOf = (each) => ({
    group: each.group, unit: each.unit,
    presenter_zh: each.presenter?.zh, presenter_en: each.presenter?.en, title_zh: each.title?.zh, title_en: each.title?.en,
    planned: each.planned_at ? minute(each.planned_at) : "", allotted: span(each.allotted_ms / 1000),
  });

  function open(name) {
    form.hidden = false;
    toggled(true);
    form.dataset.kind = slot.kind ?? "presentation";
    write(title, name);
    for (const select of [fields.group, fields.unit]) select.required = slot.kind !== "break";
    form.scrollIntoView({ block: "nearest" });
    inputs().find((input) => input.checkVisibility()).focus({ preventScroll: true });
  }

  function close() {
    if (form.hidden) return;
    form.hidden = true;
    toggled(false);
  }

  function offer(broadcast) {
    fields.group.replaceChildren(...broadcast.groups.map((group) => element("option", { value: group.id }, said(group.title))));
    fields.unit.replaceChildren(element("option", { value: "" }, "–"), ...broadcast.units.map((unit) => element("option", { value: unit.id }, said(unit.name))));
  }

  function edit(chosen, broadcast, name) {
    [slot, isNew] = [chosen, false];
    offer(broadcast);
    fill(valuesOf(slot));
    open(say("rundown.edit_of", { name }));
  }

  // A new slot is like the one it follows: in its group, as long.
  function insert(place, broadcast, id) {
    const like = place?.kind === "presentation" ? place : NEW;
    [slot, after, isNew] = [{ id, ...NEW, allotted_ms: like.allotted_ms, warning_ms: like.warning_ms }, place?.id ?? null, true];
    offer(broadcast);
    fill({ ...valuesOf(slot), group: place?.group ?? broadcast.groups[0].id });
    open(say("rundown.insert_title"));
  }

  return { edit, insert, close, of: () => (form.hidden || isNew ? null : slot.id) };
}
