// Evaluators' cards at the desk: one that is lost is taken back, by holding, and a new one shown or printed.
import { call } from "./command.js";
import { held } from "./held.js";
import { element, facts, minute, said, say } from "./page.js";
import { plate } from "./plate.js";

// `path()` is the broadcast's address, `settled(answer)` says at the desk what became of an order.
export function cards({ button, panel, list, shown, path, token, settled, panels }) {
  plate({ button, panel, opened });

  function opened() {
    hide();
    look();
  }

  async function look() {
    const answer = await call("GET", `${path()}/evaluators`, undefined, { token });
    if (!settled(answer)) return;
    list.replaceChildren(...(answer.body.length ? answer.body.map(line) : [element("li", {}, say("cards.nobody"))]));
  }

  function line({ id, name, panel, revoked_at }) {
    const of = said(panels().find((each) => each.id === panel)?.title ?? {}) || panel;
    const again = element("button", { type: "button" }, say("cards.new_card"));
    again.addEventListener("click", () => show(id));
    const back = held(say("cards.take_back"), () => takeBack(id), { "aria-label": `${say("cards.take_back")}: ${said(name) || id}` });
    const how = revoked_at ? `${of} · ${say("cards.taken_back", { time: minute(revoked_at) })}` : of;
    return element("li", { "data-evaluator": id }, element("b", {}, said(name) || id), element("small", {}, how), element("p", {}, again, back));
  }

  async function takeBack(id) {
    hide();
    const answer = await call("POST", `${path()}/evaluators/${encodeURIComponent(id)}/revoke`, undefined, { token });
    if (settled(answer)) await look();
  }

  // A new card, as it is printed: a phone may scan it from here too.
  async function show(id) {
    const address = `${path()}/cards?lang=${facts.lang}&evaluator=${encodeURIComponent(id)}`;
    const page = await fetch(address, { headers: { authorization: `Bearer ${token}` }, cache: "no-store" }).then((answer) => answer.ok ? answer.text() : "", () => "");
    const bare = page.replace(/<style>[^]*?<\/style>/, ""); // the desk has its own
    const card = new DOMParser().parseFromString(bare, "text/html").querySelector("article");
    if (!card) return settled({ ok: false, status: 0 });
    const print = element("button", { type: "button" }, say("cards.print_it"));
    const away = element("button", { type: "button" }, say("cards.hide"));
    print.addEventListener("click", () => window.print());
    away.addEventListener("click", hide);
    shown.replaceChildren(document.importNode(card, true), element("p", {}, print, away));
    shown.hidden = false;
    shown.scrollIntoView({ block: "nearest" });
  }

  function hide() {
    shown.hidden = true;
    shown.replaceChildren();
  }
}
