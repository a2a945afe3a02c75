// The board's first places, over a picture.
import { age, number, position, said, say, time, write } from "./page.js";
import { axis } from "./layout.js";
import { fillRow, makeRow, nameRow } from "./row.js";
import { glide } from "./glide.js";
import { memoryOfRanks, settle, tiedRanks } from "./ranking.js";
import { show } from "./show.js";

const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);
const clamp = (value, least, most, otherwise) => (value ? Math.min(most, Math.max(least, Number(value) || otherwise)) : otherwise);
const top = clamp(query.get("top"), 1, 20, 5);
const rows = new Map(); // by unit
const ranks = memoryOfRanks();

function showBoard(board, known) {
  ranks.take(board);
  at("plate").hidden = false;
  document.body.dataset.status = board.status;
  write(at("round"), said(board.title));
  write(at("status"), say(`status.${board.status}`));
  write(at("formula"), say("foot.formula", board.formula));
  write(at("as-of"), say("foot.as_of", { time: time(board.as_of) }));
  write(at("position"), say("foot.position", { position: position(board.seq) }));
  glide([...rows.values()].map((row) => row.node), () => place(board, known));
}

function place(board, known) {
  const ranked = board.rows.filter((row) => row.status === "ranked");
  const tied = tiedRanks(ranked);
  const first = ranked.slice(0, top);
  const scale = axis(first.map((row) => row.interval));
  at("ranked").style.setProperty("--low", scale.from / 100);
  at("ranked").style.setProperty("--high", scale.to / 100);
  const nodes = first.map((row) => {
    if (!rows.has(row.unit)) rows.set(row.unit, makeRow(row.unit));
    const own = rows.get(row.unit);
    const found = known.units.get(row.unit);
    nameRow(own, found ? said(found.name) : row.unit);
    fillRow(own, row, { tied: tied.has(row.rank), gained: ranks.gained(row), axis: scale });
    return own.node;
  });
  settle(at("ranked"), nodes);
  while (at("ranked").children.length > nodes.length) at("ranked").lastChild.remove();
  at("few").hidden = ranked.length > 0;
  write(at("few"), say("board.few", { minimum: number(board.minimum_ballots) }));
}

// Nothing to show is nothing on air.
function hide() {
  at("plate").hidden = true;
  at("ranked").replaceChildren();
  rows.clear();
  ranks.forget();
}

function showLive({ state, age: old }) {
  document.body.dataset.live = state;
  write(at("live"), say(`live.${state}`, { age: age(old) }));
}

export const begin = () => show(query.get("board"), { board: showBoard, empty: hide, live: showLive, round: () => {} });
