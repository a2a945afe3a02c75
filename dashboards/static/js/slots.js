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

export const devices = (session) => Object.entries(session?.microphone?.devices ?? {});

// Only what was read back counts: off is what every device has confirmed.
export function microphoneIsOff(session) {
  const all = devices(session);
  return all.length > 0 && all.every(([, device]) => device.is_open === false && device.state !== "asked");
}
