// What every microphone's device has confirmed, not what was sent to it.
import { element, say, time, write } from "./page.js";
import { devices } from "./slots.js";

export function showDevices(list, wanted, session, open) {
  write(wanted, say(open ? "operator.wanted_open" : "operator.wanted_off"));
  wanted.dataset.open = open;
  const all = devices(session);
  alarm(all, open);
  list.replaceChildren(...(all.length ? all.map(([name, device]) => line(name, device, open)) : [nobody()]));
}

// Wherever the desk is scrolled to, a device that failed is seen.
function alarm(all, open) {
  const failed = all.map(([name, device]) => [name, device, stateOf(device, open)]).filter(([, , state]) => state === "silent" || state === "by_hand");
  const band = document.getElementById("alarm");
  band.hidden = failed.length === 0;
  write(band, failed.map(([name, device, state]) => `${name}: ${say(`device.${state}`, { n: device.attempts ?? 1 })}`).join(" · "));
}

const nobody = () => element("li", { "data-state": "silent" }, element("span", { class: "how" }, say("operator.no_device")));

// good: as wanted; careful: not yet, or by hand; bad: no answer, or confirmed the wrong way.
function stateOf(device, open) {
  if (device.state === "silent") return "silent";
  if (device.state === "asked" || device.is_open === null || device.is_open === undefined) return "asked";
  if (device.state === "by_hand" || device.is_open !== open) return "by_hand";
  return "confirmed";
}

function line(name, device, open) {
  const state = stateOf(device, open);
  const how = say(`device.${state}`, { n: device.attempts ?? 1 });
  const late = device.confirmed_at && device.planned_at ? say("operator.after_ms", { ms: device.confirmed_at - device.planned_at }) : "";
  return element("li", { "data-state": state, "data-open": String(device.is_open) },
    element("i", { class: "mic", "aria-hidden": "true" }),
    element("b", {}, name),
    element("span", { class: "told" }, device.is_open === null || device.is_open === undefined ? "?" : say(device.is_open ? "operator.open" : "operator.off")),
    element("span", { class: "how", title: device.confirmed_at ? time(device.confirmed_at) : "" }, [how, state === "confirmed" ? late : ""].filter(Boolean).join(" · ")));
}
