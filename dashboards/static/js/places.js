// The places of a group, revealed from the last one up; what is not revealed yet is an empty line.
import { element, hundredths, say } from "./page.js";
import { nameOfSlot } from "./slots.js";

// By place from the top: its row, or null while it is hidden; a pure rule.
export function lines(board, of) {
  const count = Math.max(board?.of ?? 0, board?.rows?.length ?? 0, board ? 0 : of);
  const hidden = count - (board?.rows?.length ?? 0);
  return Array.from({ length: count }, (_, place) => (place < hidden ? null : board.rows[place - hidden]));
}

// Ranks that more than one row has.
export function shared(rows) {
  const seen = new Set();
  const twice = new Set();
  for (const row of rows) if (row?.rank) (seen.has(row.rank) ? twice : seen).add(row.rank);
  return twice;
}

export function places({ list, most = 99, panels = null }) {
  const nodes = new Map(); // by slot
  let board = null;
  let newest = null; // the slot that was revealed last

  function draw(next, session, broadcast, of = 0) {
    const all = lines(next, of);
    const revealed = (board?.rows ?? []).map((row) => row.slot);
    if (next && board && next.rows.length > revealed.length) newest = next.rows.find((row) => !revealed.includes(row.slot)).slot;
    board = next;
    const tied = shared(all);
    const first = all.findIndex((row) => row !== null);
    const from = first < 0 ? 0 : Math.min(Math.max(0, first - 1), Math.max(0, all.length - most));
    list.style.setProperty("--count", Math.min(most, all.length));
    list.replaceChildren(...all.slice(from, from + most).map((row, place) => (row ? line(row, session, broadcast, tied.has(row.rank)) : hidden(from + place))));
  }

  const hidden = (place) => element("li", { class: "row hidden", "data-place": place + 1 }, element("span", { class: "rank" }, String(place + 1)), element("i", { class: "veil" }, element("span", { class: "unseen" }, say("reveal.hidden"))));

  function line(row, session, broadcast, isTied) {
    const slot = session.slots.find((each) => each.id === row.slot) ?? broadcast.slots.find((each) => each.id === row.slot);
    const name = nameOfSlot(slot, broadcast);
    const isNew = row.slot === newest && !nodes.has(`${row.slot} shown`);
    if (isNew) nodes.set(`${row.slot} shown`, true);
    const made = element("li", { class: `row${isNew ? " entering" : ""}`, "data-status": row.status, "data-rank": row.rank ?? "" },
      element("span", { class: "rank" }, element("b", {}, row.rank === null ? "–" : String(row.rank)), element("small", {}, isTied ? say("board.tied") : "")),
      element("span", { class: "name" }, element("b", {}, name.who), element("small", {}, name.name && name.name !== name.who ? name.name : "")),
      ...(panels ? panels.map((panel) => element("span", { class: "panel" }, row.panels?.[panel.id] === undefined ? "–" : hundredths(row.panels[panel.id]))) : []),
      element("span", { class: "score" }, row.score === null ? say(row.status === "skipped" ? "reveal.skipped" : "reveal.unranked") : hundredths(row.score)));
    if (row.slot === newest) made.dataset.newest = "";
    return made;
  }

  return { draw };
}
