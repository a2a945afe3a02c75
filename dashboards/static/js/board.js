// The hall's board.
import { age, element, facts, minute, number, position, said, say, time, write } from "./page.js";
import { arrange, axis } from "./layout.js";
import { CHOICES, fillRow, icon, makeRow, nameRow } from "./row.js";
import { glide } from "./glide.js";
import { memoryOfRanks, settle, tiedRanks } from "./ranking.js";
import { show } from "./show.js";

const PAGE_MS = 12_000; // time to read a page of twenty units aloud
const ANNOUNCE_MS = 5_000; // a screen reader says the leaders; four boards a second would never let it finish
const HEARD = { live: "live.live", reconnecting: "live.lost", stale: "live.old" };
const NEVER = { at: -Infinity, ranks: null };
const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);
const hall = matchMedia("(min-width: 900px) and (min-aspect-ratio: 1/1)");

const rows = new Map(); // by unit
const memory = memoryOfRanks();
let shown = null; // {board, known}
let turn = { page: 0, pages: 1, held: false };
let announced = { ...NEVER };

for (const choice of CHOICES) {
  at("legend").append(element("li", { class: choice }, element("i", { class: `swatch ${choice}` }, icon(choice)), say(`choice.${choice}`)));
}

function showBoard(board, known) {
  if (shown && shown.board.board !== board.board) forget();
  shown = { board, known };
  document.body.dataset.shows = board.rows.some((row) => row.ballots) ? "board" : "first";
  document.body.dataset.status = board.status;
  const ranks = memory.take(board);
  showWords(board, known);
  glide([...rows.values()].map((row) => row.node), () => place(board, known));
  announce(ranks, known);
}

function forget() {
  rows.clear();
  memory.forget();
  announced = { ...NEVER };
  at("ranked").replaceChildren();
  at("apart").replaceChildren();
}

function showWords(board, known) {
  const title = said(board.title);
  write(at("round"), title);
  write(at("broadcast"), said(known.title ?? {}));
  document.title = `${title} · ${say("product.name")}`;
  write(at("ballots"), number(board.rows.reduce((sum, row) => sum + row.ballots, 0)));
  write(at("status"), say(`status.${board.status}`));
  write(at("formula"), say("foot.formula", board.formula));
  write(at("as-of"), say("foot.as_of", { time: time(board.as_of) }));
  write(at("position"), say("foot.position", { position: position(board.seq) }));
  write(at("seal"), board.status === "live" ? "" : say(`status.${board.status}`));
  const isFirst = document.body.dataset.shows === "first";
  const few = say("board.below", { minimum: number(board.minimum_ballots) });
  write(at("below"), isFirst ? `${say("empty.no_ballots")} · ${say("empty.no_ballots_next")}` : few);
}

function place(board, known) {
  const ranked = board.rows.filter((row) => row.status === "ranked");
  const apart = board.rows.filter((row) => row.status !== "ranked");
  const plan = fit(ranked.length, apart.length);
  const scale = axis(ranked.map((row) => row.interval));
  showScale(scale, plan);
  const tied = tiedRanks(ranked);
  const isOnPage = (index) => !hall.matches || Math.floor(index / plan.perPage) === turn.page;
  const order = [];
  ranked.forEach((row, index) => {
    const own = rowOf(row.unit, known);
    fillRow(own, row, { tied: tied.has(row.rank), gained: memory.gained(row), axis: scale });
    own.node.hidden = !isOnPage(index);
    order.push(own.node);
  });
  settle(at("ranked"), order);
  settle(at("apart"), apart.map((row) => {
    const own = rowOf(row.unit, known);
    fillRow(own, row, { minimum: board.minimum_ballots });
    own.node.hidden = false;
    return own.node;
  }));
  at("ranking").hidden = ranked.length === 0;
  at("aside").hidden = apart.length === 0;
  fitNames([plan.columns, plan.row, plan.apartRow, turn.page, ranked.length, known.position, innerWidth].join(" "));
}

function rowOf(unit, known) {
  if (!rows.has(unit)) rows.set(unit, makeRow(unit));
  const row = rows.get(unit);
  const found = known.units.get(unit);
  nameRow(row, found ? said(found.name) : unit);
  return row;
}

function fit(ranked, apart) {
  const px = parseFloat(getComputedStyle(at("probe")).width) / 100;
  const most = Number(query.get("rows")) || undefined;
  const plan = arrange({ ranked, apart, height: at("field").clientHeight / px, most });
  const style = at("field").style;
  style.setProperty("--columns", plan.columns);
  style.setProperty("--rows", Math.min(plan.rows, ranked));
  style.setProperty("--row", plan.row);
  style.setProperty("--apart-columns", plan.apartColumns);
  style.setProperty("--apart-row", plan.apartRow);
  at("field").dataset.columns = plan.columns;
  turn.pages = plan.pages;
  turn.page %= plan.pages;
  at("pages").hidden = plan.pages < 2 || !hall.matches;
  write(at("pages"), say("board.page", { page: turn.page + 1, pages: plan.pages }));
  at("pages").setAttribute("aria-pressed", turn.held);
  return plan;
}

function showScale(scale, plan) {
  at("second-head").hidden = plan.columns < 2;
  const key = scale.marks.join(" ");
  if (at("field").dataset.scale === key) return;
  at("field").dataset.scale = key;
  const style = at("field").style;
  style.setProperty("--steps", scale.marks.length - 1);
  style.setProperty("--low", scale.from / 100);
  style.setProperty("--high", scale.to / 100);
  for (const head of document.querySelectorAll(".axis")) {
    head.replaceChildren(...scale.marks.map((score) => element("span", {}, String(score / 100))));
  }
}

// A name that does not fit its line goes on two, smaller.
function fitNames(key) {
  if (at("field").dataset.names === key) return;
  at("field").dataset.names = key;
  const names = [...rows.values()].map((row) => row.parts.name);
  for (const name of names) name.classList.remove("long");
  for (const name of names.filter((each) => each.scrollWidth > each.clientWidth + 1)) name.classList.add("long");
}

// Says who rose, to those who listen: at once, then at most every few seconds.
function announce(ranks, known) {
  const now = performance.now();
  if (announced.ranks === null) announced.ranks = ranks;
  if (now - announced.at < ANNOUNCE_MS) return;
  const news = [];
  for (const [unit, rank] of ranks) {
    const before = announced.ranks.get(unit);
    if (before !== undefined && before <= rank) continue;
    const name = said(known.units.get(unit)?.name ?? { en: unit });
    news.push(say(before === undefined ? "board.entered" : "board.moved_up", { unit: name, rank }));
  }
  if (news.length === 0) return;
  write(at("news"), news.slice(0, 3).join(" "));
  announced = { at: now, ranks };
}

function showEmpty(why, round) {
  shown = null;
  forget();
  document.body.dataset.shows = "empty";
  delete document.body.dataset.status;
  write(at("seal"), "");
  delete at("field").dataset.names;
  write(at("round"), round ? said(round.title) : say("board.title"));
  write(at("broadcast"), say("product.name"));
  write(at("empty-title"), say(`empty.${why}`));
  write(at("empty-next"), say(`empty.${why}_next`));
}

// A code to scan, while the round takes ballots from phones.
function showRound(round) {
  const votable = round && round.status === "open" && round.accepts.includes("web") && query.get("qr") !== "0";
  at("scan").hidden = !votable;
  const closes = round && round.status === "open" && round.closes_at;
  write(at("closes"), closes ? ` · ${say("board.closes", { time: minute(closes) })}` : "");
  if (!votable) return;
  const source = `/qr/vote.svg?round=${encodeURIComponent(round.id)}`;
  if (at("code").getAttribute("src") !== source) at("code").setAttribute("src", source);
}

// The age runs on for those who look; those who listen are told of changes only.
function showLive({ state, age: old }) {
  if (document.body.dataset.live !== state && state in HEARD) write(at("state"), say(HEARD[state]));
  document.body.dataset.live = state;
  write(at("live"), say(`live.${state}`, { age: age(old) }));
}

at("pages").addEventListener("click", () => {
  turn.held = !turn.held;
  if (shown) place(shown.board, shown.known);
});
setInterval(() => {
  if (!shown || turn.pages < 2 || turn.held || !hall.matches) return;
  turn.page = (turn.page + 1) % turn.pages;
  place(shown.board, shown.known);
}, PAGE_MS);
new ResizeObserver(() => shown && place(shown.board, shown.known)).observe(at("field"));

show(query.get("board"), { board: showBoard, empty: showEmpty, live: showLive, round: showRound });
