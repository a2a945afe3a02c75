// What every microphone's device has confirmed, not what was sent to it.
import { element, say, time, write } from "./page.js";
import { simulation } from "./simulation.js";
import { devices } from "./slots.js";
import { serverNow } from "./time.js";

const WITHIN_MS = 1_500; // a device is asked again for 0.4 s before it is called silent; what comes later is a hand's
const CALM = ["confirmed", "asked", "alone"];
const HAND_MS = 10_000; // so long a hand at the mixer is told of, also when it was put right at once
const since = new Map(); // by device: since when it differs from what is wanted
let again = null;

// `simulate(name, order)` tells a simulated device how to behave.
export function showDevices(list, wanted, session, open, simulate) {
  clearTimeout(again);
  write(wanted, say(open ? "operator.wanted_open" : "operator.wanted_off"));
  wanted.dataset.open = open;
  const all = devices(session);
  note(all, open);
  if (since.size || all.some(([, device]) => wasByHand(device))) again = setTimeout(() => showDevices(list, wanted, session, open, simulate), WITHIN_MS);
  alarm(all, open);
  const lines = all.length ? all.map(([name, device]) => line(name, device, open, simulate)) : [nobody()];
  if (list.innerHTML !== lines.map((each) => each.outerHTML).join("")) replace(list, lines);
}

// Only news is drawn, and the focus stays where it is.
function replace(list, lines) {
  const place = [...list.querySelectorAll("button")].indexOf(document.activeElement);
  list.replaceChildren(...lines);
  if (place >= 0) list.querySelectorAll("button")[place]?.focus();
}

// A device that is told to turn takes a moment to read back that it did.
function note(all, open) {
  for (const [name, device] of all) {
    if (device.is_open === open) since.delete(name);
    else if (!since.has(name)) since.set(name, performance.now());
  }
}

// Wherever the desk is scrolled to, a device that failed is seen.
function alarm(all, open) {
  const failed = all.map(([name, device]) => [name, device, toldOf(name, device, open)]).filter(([, , state]) => !CALM.includes(state));
  const band = document.getElementById("alarm");
  band.hidden = failed.length === 0;
  write(band, failed.map(([name, device, state]) => `${name}: ${say(`device.${state}`, { n: device.attempts ?? 1 })}`).join(" · "));
}

const nobody = () => element("li", { "data-state": "silent" }, element("span", { class: "how" }, say("operator.no_device")));

// Before the first Go nobody drives a microphone, and it may be open for a sound check.
const isLeftAlone = (device, open) => !open && !device.planned_at && !device.by_hand_at;

// good: as wanted; careful: not yet, or by hand; bad: no answer, or confirmed the wrong way.
function stateOf(name, device, open) {
  if (device.state === "silent") return "silent";
  if (device.state === "asked" || device.is_open === null || device.is_open === undefined) return "asked";
  if (device.state === "by_hand") return "by_hand";
  if (device.is_open === open) return "confirmed";
  if (isLeftAlone(device, open)) return "alone";
  return performance.now() - since.get(name) < WITHIN_MS ? "asked" : "by_hand";
}

const wasByHand = ({ by_hand_at }) => Boolean(by_hand_at) && serverNow() - by_hand_at < HAND_MS;

// What is said of it: one that was put right again was changed all the same.
function toldOf(name, device, open) {
  const state = stateOf(name, device, open);
  return state === "confirmed" && wasByHand(device) ? "put_right" : state;
}

function line(name, device, open, simulate) {
  const state = stateOf(name, device, open);
  const how = say(`device.${toldOf(name, device, open)}`, { n: device.attempts ?? 1 });
  const late = device.confirmed_at && device.planned_at ? say("operator.after_ms", { ms: device.confirmed_at - device.planned_at }) : "";
  return element("li", { "data-state": state, "data-open": String(device.is_open) },
    element("i", { class: "mic", "aria-hidden": "true" }),
    element("b", {}, name, ...(device.simulated ? [element("small", {}, say("device.simulated"))] : [])),
    element("span", { class: "told" }, device.is_open === null || device.is_open === undefined ? "?" : say(device.is_open ? "operator.open" : "operator.off")),
    element("span", { class: "how", title: device.confirmed_at ? time(device.confirmed_at) : "" }, [how, state === "confirmed" ? late : ""].filter(Boolean).join(" · ")),
    ...(device.simulated ? [simulation(name, device, simulate)] : []));
}
