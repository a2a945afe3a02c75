// The switch of a device that is none: in a rehearsal it is made to fail, to see what the desk shows.
import { element, say } from "./page.js";

const WAYS = { well: "is_well", slow: "is_slow", silent: "is_silent", gone: "is_gone" };

// `simulate(name, order)` is told of every press; what is not in the order stays as it is.
export function simulation(name, device, simulate) {
  const press = (label, order, pressed) => {
    const button = element("button", { type: "button", ...(pressed === undefined ? {} : { "aria-pressed": String(pressed) }) }, label);
    button.addEventListener("click", () => simulate(name, order));
    return button;
  };
  return element("span", { class: "simulated", role: "group", "aria-label": say("device.behaves", { name }) },
    ...Object.entries(WAYS).map(([way, word]) => press(say(`device.${word}`), { behaves: way }, device.simulated === way)),
    press(say("device.hand_opens"), { is_open: true }));
}
