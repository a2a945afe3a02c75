// One unit's row, ranked or apart: made once, then only what differs is written.
import { element, hundredths, number, say, write } from "./page.js";

export const CHOICES = ["very_satisfied", "satisfied", "average", "not_satisfied", "not_applicable"];

export function icon(choice) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `/static/choices.svg#${choice}`);
  svg.append(use);
  return svg;
}

const cell = (name, ...children) => element("div", { class: name, role: "cell" }, ...children);
const hidden = (name) => element("span", { class: name, "aria-hidden": "true" });
const unseen = () => element("span", { class: "unseen" });

export function makeRow(unit) {
  const parts = {
    place: element("b"), tie: element("small", { class: "tie" }), range: element("small", { class: "range" }),
    arrow: hidden("arrow"), movement: unseen(), name: element("span"),
    segments: CHOICES.map((choice) => hidden(`segment ${choice}`)), choices: unseen(),
    whisker: hidden("whisker"), tick: hidden("tick"), interval: unseen(),
    score: element("b"), rated: element("span"), filled: hidden("filled"), of: element("span", { class: "of" }),
  };
  const node = element("div", { class: "row", role: "row" },
    cell("rank", parts.place, element("span", { class: "notes" }, parts.tie, parts.range)),
    cell("move", parts.arrow, parts.movement),
    element("div", { class: "name", role: "rowheader" }, parts.name),
    cell("bar", ...parts.segments, parts.choices),
    cell("lane", parts.whisker, parts.tick, parts.interval),
    cell("score", parts.score),
    cell("rated", parts.rated),
    cell("progress", element("span", { class: "track", "aria-hidden": "true" }, parts.filled), parts.of),
  );
  return { unit, node, parts };
}

export function nameRow(row, name) {
  write(row.parts.name, name);
  row.parts.name.title = name;
}

// `context`: {tied, gained, axis, minimum}; gained: places, null when not ranked a minute ago.
export function fillRow(row, board, context) {
  const told = JSON.stringify([board, context]);
  if (row.told === told) return;
  row.told = told;
  const ranked = board.status === "ranked";
  row.node.dataset.status = board.status;
  if (ranked) fillRanked(row, board, context);
  else fillApart(row, board, context);
}

function fillRanked({ node, parts }, board, { tied, gained, axis }) {
  node.dataset.rank = board.rank;
  write(parts.place, String(board.rank));
  write(parts.tie, tied ? say("board.tied") : "");
  const certain = board.rank_from === board.rank_to;
  write(parts.range, certain ? "" : `${board.rank_from}–${board.rank_to}`);
  parts.range.title = certain ? "" : say("board.range", { from: board.rank_from, to: board.rank_to });
  fillMovement(node, parts, gained);
  fillBar(parts, board);
  fillLane(parts, board, axis);
  write(parts.score, hundredths(board.score));
  write(parts.rated, number(board.rated));
}

function fillMovement(node, parts, gained) {
  const way = gained === null ? "new" : gained > 0 ? "up" : gained < 0 ? "down" : "same";
  node.dataset.move = way;
  const places = Math.abs(gained ?? 0);
  write(parts.arrow, way === "new" ? say("board.new") : way === "same" ? "" : `${way === "up" ? "▲" : "▼"}${places}`);
  write(parts.movement, way === "new" ? "" : say(`board.${way}`, { n: places }));
}

// Lengths go in quarter steps of a percent, and only a leap is animated: a screen that is told four
// times a second how a few more voted has no rest otherwise.
function stretch(node, side, percent) {
  const length = Math.round(4 * percent) / 4;
  const before = parseFloat(node.style[side]);
  if (length === before) return;
  node.classList.toggle("leaps", Math.abs(length - before) >= 1);
  node.style[side] = `${length}%`;
}

function fillBar(parts, board) {
  CHOICES.forEach((choice, index) => {
    const share = board.ballots ? (100 * board.counts[choice]) / board.ballots : 0;
    stretch(parts.segments[index], "width", share);
    parts.segments[index].title = `${say(`choice.${choice}`)} ${number(board.counts[choice])}`;
  });
  write(parts.choices, CHOICES.map((choice) => `${say(`choice.${choice}`)} ${board.counts[choice]}`).join(", "));
}

function fillLane(parts, board, axis) {
  const at = (score) => Math.min(100, Math.max(0, (100 * (score - axis.from)) / (axis.to - axis.from)));
  const [low, high] = board.interval;
  stretch(parts.whisker, "left", at(low));
  stretch(parts.whisker, "width", at(high) - at(low));
  stretch(parts.tick, "left", at(board.score));
  write(parts.interval, `${hundredths(low)}–${hundredths(high)}`);
}

function fillApart({ node, parts }, board, { minimum }) {
  delete node.dataset.rank;
  stretch(parts.filled, "width", Math.min(100, (100 * board.rated) / minimum));
  write(parts.of, say("board.below_of", { n: number(board.rated), minimum: number(minimum) }));
}
