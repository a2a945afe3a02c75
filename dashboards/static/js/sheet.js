// The running order from a spreadsheet and into one; what is wrong in it stands by row and column.
import { element, say, write } from "./page.js";
import { plate } from "./plate.js";

const REASONS = [
  "empty_table", "unknown_heading", "heading_twice", "no_unit_column", "unknown_kind", "bad_id", "unknown_group", "unknown_unit",
  "missing_group", "missing_unit", "not_a_length", "not_a_time", "too_long", "warning_length", "twice", "taken_id", "too_many",
  "on_removed", "on_changed", "done_removed", "done_changed", "begun_order", "held",
];
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const dayOf = (at) => new Intl.DateTimeFormat("sv-SE").format(at); // 2026-12-18, here

// `send(query, file)` gives the API's answer, `slots()` the order as it stands, `path()` its address.
export function sheet({ button, panel, send, slots, path, toast }) {
  const at = (name) => panel.querySelector(`[name=${name}], [data-part=${name}]`);
  const file = at("file");
  const close = plate({ button, panel, opened });

  function opened() {
    const planned = slots().map((slot) => slot.planned_at).filter(Boolean);
    at("day").value = dayOf(planned.length ? Math.min(...planned) : Date.now());
    at("save").href = `${path()}?${new URLSearchParams({ format: "xlsx", zone })}`;
    tell("", []);
  }

  at("pick").addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [picked] = file.files;
    if (!picked) return;
    tell(say("sheet.reading"), []);
    const query = new URLSearchParams({ zone, ...(at("day").value ? { day: at("day").value } : {}) });
    const answer = await send(query, picked);
    file.value = "";
    if (answer.ok) return taken(answer.body.changes.length);
    const wrong = answer.body?.errors ?? [];
    tell(wrong.length ? say("sheet.wrong", { n: wrong.filter((each) => each.reason !== "held").length }) : "", wrong);
  });

  function taken(changes) {
    close();
    button.focus();
    toast(changes ? say("sheet.taken", { n: changes }) : say("sheet.same"), "good");
  }

  function tell(words, wrong) {
    write(at("told"), words);
    at("wrong").replaceChildren(...wrong.map(line));
  }
}

function line({ line: row, field, reason, value, detail }) {
  const column = /^column ([A-Z]+)/.exec(field)?.[1];
  const what = REASONS.includes(reason) ? say(`sheet.${reason}`, { value }) : detail;
  return element("li", {}, ...(row ? [element("b", {}, say("sheet.where", { row, column }))] : []), what);
}
