// The groups: how far their marks are, and the reveal from the last place up, the next row seen here only.
import { held } from "./held.js";
import { element, facts, hundredths, minute, said, say } from "./page.js";
import { nameOfSlot } from "./slots.js";

const LOOK_MS = 2_500; // how many marks are missing is not on push, as a board before its reveal is not
const LOOKED_AT = ["presenting", "marking", "closed", "revealing", "revealed"];

// The row that the next reveal will show: the last place that is not public yet. Rows without a rank
// come out with the first place, or at once when there is no place at all.
export function nextRow(board, revealed) {
  const rows = board?.rows ?? [];
  const places = rows.filter((row) => row.rank);
  if (places.length) return places[places.length - 1 - revealed] ?? null;
  return board?.closed && !revealed ? rows[0] ?? null : null;
}

export function groups({ list, call, settled, changed }) {
  const boards = new Map(); // by group: the whole board, as the operator may see it
  let session = null;
  let known = null;
  let drawn = "";
  let looking = null;

  const current = () => session?.groups.find((group) => group.status === "closed" || group.status === "revealing") ?? null;
  const shownOf = (group) => Math.max(group.rows_revealed, boards.get(group.id)?.revealed ?? 0);
  const canReveal = () => Boolean(current() && nextRow(boards.get(current().id), shownOf(current())));

  async function act(path, body) {
    if (settled(await call("POST", path, body))) await look();
  }
  const close = (group) => act(`/api/groups/${encodeURIComponent(group.id)}/close`);
  const reveal = (group, rows) => act(`/api/groups/${encodeURIComponent(group.id)}/reveal`, { rows });
  const revealNext = () => canReveal() && reveal(current(), shownOf(current()) + 1);

  async function look() {
    clearTimeout(looking);
    looking = setTimeout(look, LOOK_MS);
    for (const group of session?.groups ?? []) {
      if (!LOOKED_AT.includes(group.status)) continue;
      const answer = await call("GET", `/api/boards/presentations:${encodeURIComponent(group.id)}`);
      if (answer.ok) boards.set(group.id, answer.body);
    }
    if (session) draw(session, known);
    changed();
  }

  function draw(newest, broadcast) {
    const before = session?.groups.map((group) => group.status).join();
    [session, known] = [newest, broadcast];
    const told = JSON.stringify([session.groups, [...boards.values()].map((board) => [board.seq, board.revealed])]);
    if (told !== drawn && !list.querySelector("[data-held]")) {
      list.replaceChildren(...session.groups.map(line));
      drawn = told;
    }
    if (before !== session.groups.map((group) => group.status).join()) look();
  }

  function line(group) {
    const board = boards.get(group.id);
    const missing = board?.rows?.reduce((sum, row) => sum + (row.missing ?? 0), 0) ?? 0;
    const parts = [element("b", {}, said(group.title)), element("span", { class: "standing" }, say(`group.${group.status}`))];
    if (group.status === "marking") parts.push(element("span", { class: "how" }, missing ? say("group.missing", { n: missing }) : ""), held(say("group.close"), () => close(group)));
    if (group.status === "closed" || group.status === "revealing") parts.push(preview(group, board));
    if (board?.corrections?.length) parts.push(element("ol", { class: "versions" }, ...versions(group, board)));
    return element("li", { "data-status": group.status }, ...parts);
  }

  // Every version of a board that was corrected, the newest first; each opens as it was revealed.
  function versions(group, board) {
    const told = [say("group.first"), ...board.corrections.map(({ at, reason }, index) => say("group.corrected", { n: index + 2, time: minute(at), reason }))];
    return told.map((words, index) => {
      const to = new URLSearchParams({ board: `presentations:${group.id}`, broadcast: known.id, lang: facts.lang, version: index + 1 });
      return element("li", {}, element("a", { href: `/board?${to}`, target: "_blank", rel: "noopener" }, words));
    }).reverse();
  }

  function preview(group, board) {
    const row = nextRow(board, shownOf(group));
    if (!row) return element("span", { class: "how" }, say("group.counting"));
    const slot = session.slots.find((each) => each.id === row.slot);
    return element("div", { class: "preview" },
      element("small", {}, say("group.next_row", { n: shownOf(group) + 1, all: board.of ?? board.rows.length })),
      element("p", {}, element("i", {}, row.rank ?? "–"), element("b", {}, nameOfSlot(slot, known).line), element("span", {}, row.score === null ? "–" : hundredths(row.score))),
      held(say("group.reveal_all"), () => reveal(group, "all")));
  }

  return { draw, canReveal, revealNext };
}
