// What a slot of the running order is called, and what its microphones have confirmed.
import { said, say } from "./page.js";

// Who speaks, for whom and about what, each in words; empty when there is nothing to say.
export function nameOfSlot(slot, broadcast) {
  if (!slot) return { who: "", what: "", line: "" };
  const unit = broadcast.units?.find((each) => each.id === slot.unit);
  const [presenter, name] = [slot.presenter ? said(slot.presenter) : "", unit ? said(unit.name) : ""];
  const title = slot.title ? said(slot.title) : "";
  if (slot.kind === "break") return { who: title || say("stage.break"), what: "", line: title || say("stage.break") };
  const who = presenter || name || title || slot.id;
  const what = [presenter ? name : "", who === title ? "" : title].filter(Boolean).join(" · ");
  return { who, what, name, title, line: [presenter, name].filter(Boolean).join(" · ") || who };
}

// The slot that the clock stands for (on, or ready to go), and the one that comes after it.
export function nowAndNext(session) {
  const own = session.slots.find((slot) => slot.id === (session.slot ?? session.next)) ?? null;
  const ahead = session.slots.filter((slot) => slot.status === "waiting" || slot.status === "armed");
  return { own, after: ahead.find((slot) => slot.id !== own?.id) ?? null };
}

// How many minutes a slot is after its plan, or null. What is played on another day than planned, and a
// rehearsal, counts from the first start.
export function lateness(slot, session) {
  const real = slot.started_at ?? slot.expected_at;
  return slot.planned_at && real ? Math.round((real - slot.planned_at - (session.plan_shift_ms ?? 0)) / 60_000) : null;
}

// How far a slot is, in words.
export const standing = (slot) => say(slot.kind === "break" && slot.status === "on" ? "rundown.break_on" : `rundown.${slot.status}`);

// A break has no microphone, and nobody is on air.
export const isBreak = (session) => session?.slots?.find(({ id }) => id === session.slot)?.kind === "break";

export const devices = (session) => Object.entries(session?.microphone?.devices ?? {});

// Whether the presenter is to be heard now: what was told before the limit holds until the limit.
export function isWantedOpen(session, now) {
  const wasBefore = session?.ends_at && session.as_of < session.ends_at && now >= session.ends_at && !session.paused_at;
  return Boolean(session?.microphone?.is_open) && !wasBefore;
}

// Only what was read back counts: off is what every device has confirmed.
export function microphoneIsOff(session) {
  const all = devices(session);
  return all.length > 0 && all.every(([, device]) => device.is_open === false && device.state !== "asked");
}
