// The list before the day: what is missing, of whom, asked anew each time that it is opened.
import { element, say, write } from "./page.js";
import { plate } from "./plate.js";
import { nameOfSlot } from "./slots.js";

const MOST_NAMES = 6; // a problem is one line

// `ask()` gives the API's answer, `slots()` the session and the broadcast that name what it is about.
export function preflight({ button, panel, title, list, ask, slots }) {
  plate({ button, panel, opened: look });

  async function look() {
    write(title, say("preflight.asking"));
    list.replaceChildren();
    const found = (await ask()).body;
    if (!found?.checks) write(title, say("preflight.no_answer"));
    else write(title, say(found.ok ? "preflight.ready" : "preflight.not_ready"));
    list.replaceChildren(...(found?.checks ?? []).map(line));
  }

  function line(check) {
    const reasons = new Map();
    for (const { subject, reason } of check.problems) reasons.set(reason, [...(reasons.get(reason) ?? []), subject]);
    const told = [...reasons].map(([reason, names]) => element("small", {}, `${say(`preflight.${reason}`)}: ${joined(names.map(nameOf))}`));
    return element("li", { "data-state": check.state, ...(check.count ? {} : { "data-none": "" }) }, element("i", { class: "sign", "aria-hidden": "true" }),
      element("b", {}, say(`preflight.${check.name}`)), element("span", {}, say(`preflight.${check.count || check.state !== "ok" ? check.state : "none"}`, { n: check.count })), ...told);
  }

  function joined(names) {
    const rest = names.length - MOST_NAMES;
    const shown = names.slice(0, MOST_NAMES).join(say("preflight.comma"));
    return rest > 0 ? say("preflight.and_more", { names: shown, n: rest }) : shown;
  }

  function nameOf(subject) {
    const { session, known } = slots();
    const slot = session?.slots.find((each) => each.id === subject);
    return slot ? nameOfSlot(slot, known).who : subject;
  }
}
