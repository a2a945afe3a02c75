// The time ledger: what every presenter got, and every cut, planned against confirmed.
import { span } from "./countdown.js";
import { age, element, said, say, time, write } from "./page.js";
import { ask, follow } from "./session.js";
import { nameOfSlot } from "./slots.js";

const at = (id) => document.getElementById(id);
const WAYS = ["allotted", "added", "paused", "warning_missing", "warning_late", "cut_late", "cut_unconfirmed", "opened_again"];
const AGAIN_MS = 3_000; // the archive writes five times a second; a ledger is read, not watched
let known = null;
let asked = null;

const length = (ms) => (ms === null || ms === undefined ? "–" : span(Math.round(ms / 1000)));
const cell = (label, content, attributes = {}) => element("td", { "data-label": label, ...attributes }, ...[content].flat());
const sign = (ms) => (ms ? `${ms > 0 ? "+" : "−"}${span(Math.abs(ms) / 1000)}` : "–");

// What still runs may yet be treated another way: it counts when it is over, or at once when unequal.
const isJudged = (row) => row.status === "done" || row.unequal.length > 0;

function line(row) {
  const name = nameOfSlot(row, known);
  const isOdd = row.unequal.length > 0;
  return element("tr", { "data-odd": String(isOdd), "data-status": row.status },
    element("th", { scope: "row" }, element("b", {}, name.who), element("small", {}, name.name && name.name !== name.who ? name.name : "")),
    cell(say("ledger.began"), row.started_at ? time(row.started_at).split(" ")[0] : say(`rundown.${row.status}`)),
    cell(say("ledger.allotted"), length(row.allotted_ms)),
    cell(say("ledger.added"), sign(row.added_ms)),
    cell(say("ledger.paused"), row.paused_ms ? length(row.paused_ms) : "–"),
    cell(say("ledger.used"), element("b", {}, row.started_at ? length(row.used_ms) : "–")),
    cell(say("ledger.over"), row.overtime_ms >= 1000 ? `+${length(row.overtime_ms)}` : "–"),
    cell(say("ledger.warning"), row.warned_at ? time(row.warned_at).split(" ")[0] : "–"),
    cell(say("ledger.cut"), cuts(row.cut)),
    cell(say("ledger.treatment"), !isJudged(row) ? "–" : isOdd ? row.unequal.filter((way) => WAYS.includes(way)).map((way) => element("em", {}, say(`unequal.${way}`))) : say("ledger.equal")));
}

// By device: how long after the limit it read back that it is off.
function cuts(cut) {
  const all = Object.entries(cut);
  if (!all.length) return ["–"];
  return all.map(([device, { planned_at, sent_at, confirmed_at, attempts }]) => {
    const how = confirmed_at === null ? say("ledger.unconfirmed", { n: attempts }) : say("ledger.confirmed", { ms: confirmed_at - planned_at });
    return element("span", { class: "device", "data-ok": String(confirmed_at !== null), title: say("ledger.sent", { ms: sent_at - planned_at }) }, element("i", {}, device), how);
  });
}

async function look() {
  clearTimeout(asked);
  try {
    const { rows } = await ask(`/api/broadcasts/${encodeURIComponent(known.id)}/ledger`);
    const bodies = [];
    let group;
    for (const row of rows) {
      if (row.group !== group) bodies.push(element("tr", { class: "group" }, element("th", { colspan: 10, scope: "rowgroup" }, said(known.groups.find((each) => each.id === row.group)?.title ?? {}))));
      group = row.group;
      bodies.push(line(row));
    }
    at("rows").replaceChildren(...bodies);
    const judged = rows.filter(isJudged);
    const odd = judged.filter((row) => row.unequal.length);
    document.body.dataset.verdict = odd.length ? "odd" : judged.length ? "equal" : "none";
    write(at("verdict"), !judged.length ? "" : odd.length ? say("ledger.some_unequal", { n: odd.length, all: judged.length }) : say("ledger.all_equal", { n: judged.length }));
    at("none").hidden = rows.length > 0;
    write(at("none"), say("ledger.empty"));
  } catch {
    asked = setTimeout(look, AGAIN_MS);
  }
}

function session(state, broadcast) {
  known = broadcast;
  at("rehearsal").hidden = !state.rehearsal;
  write(at("broadcast"), said(broadcast.title));
  at("file").hidden = false;
  at("file").href = `/api/broadcasts/${encodeURIComponent(broadcast.id)}/ledger?format=csv`;
  clearTimeout(asked);
  asked = setTimeout(look, 100);
}

function live({ state, age: old }) {
  document.body.dataset.live = state;
  write(at("live"), say(`live.${state}`, { age: age(old) }));
}

follow({ session, live, empty: (why) => {
  at("none").hidden = false;
  write(at("none"), say(`screen.${why}`));
} });
