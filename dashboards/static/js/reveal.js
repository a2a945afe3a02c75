// A group's places on the hall's board: the same for all at the moment that each is revealed.
import { element, minute, position, said, say, time, write } from "./page.js";
import { places } from "./places.js";
import { screen } from "./screen.js";
import { ask } from "./session.js";
import { leave } from "./views.js";

const query = new URLSearchParams(location.search);
const AGAIN_MS = 10_000; // an older version does not change; the archive may be away
const at = (id) => document.getElementById(id);
const group = (query.get("board") ?? "").slice("presentations:".length);
const channel = `board:presentations:${group}`;
const asked = Number(query.get("version")) || null; // an older version, as it was revealed then
let board = null; // what is shown
let current = null; // the newest version
let known = null;
let session = null;
let ranking = null;

function draw(newest, broadcast, wanted) {
  if (leave("board", wanted, newest)) return;
  [session, known] = [newest, broadcast];
  show();
}

function show() {
  const own = known.groups.find((each) => each.id === group);
  if (!own) return write(at("group"), say("reveal.unknown_group"));
  ranking ??= begin(own);
  const standing = session.groups.find((each) => each.id === group);
  const of = session.slots.filter((slot) => slot.group === group).length;
  write(at("broadcast"), said(known.title));
  write(at("group"), said(own.title));
  document.body.dataset.status = board?.status ?? "waiting";
  const isOld = Boolean(board && current && board.version < current.version);
  document.body.toggleAttribute("data-old", isOld);
  write(at("status"), isOld ? say("reveal.old", { n: board.version }) : board?.revealed ? say(`status.${board.status}`) : standing ? say(`group.${standing.status}`) : "");
  write(at("shown"), say("reveal.shown", { n: board?.revealed ?? 0, all: board?.of ?? of }));
  write(at("formula"), board ? say("foot.formula", board.formula) : "");
  write(at("as-of"), board ? say("foot.as_of", { time: time(board.as_of) }) : "");
  write(at("position"), board ? say("foot.position", { position: position(board.seq) }) : "");
  drawVersion();
  document.body.dataset.columns = (board?.of ?? of) > 9 ? 2 : 1;
  ranking.draw(board, session, known, of);
  at("places").style.setProperty("--rows", document.body.dataset.columns === "2" ? Math.ceil((board?.of ?? of) / 2) : Math.max(1, board?.of ?? of));
  tellNews();
}

// Which version this is, who was put right and why, and the way to the others.
function drawVersion() {
  const why = board?.corrections?.at(-1);
  const isAway = asked < current?.version && !board;
  const words = isAway ? [say("reveal.no_version", { n: asked })] : board && current?.version > 1 ? [say(why ? "reveal.corrected" : "reveal.first", { n: board.version, time: why ? minute(why.at) : "", reason: why?.reason ?? "" })] : [];
  const others = Array.from({ length: current?.version ?? 0 }, (_, index) => index + 1).filter((each) => each !== (board?.version ?? asked));
  at("version").replaceChildren(...words.map((each) => element("b", {}, each)), ...others.map(link));
}

function link(version) {
  const to = new URLSearchParams(location.search);
  if (version === current.version) to.delete("version");
  else to.set("version", version);
  return element("a", { href: `?${to}`, class: "other" }, say("reveal.other", { n: version }));
}

async function readOld() {
  try {
    board = await ask(`/api/boards/presentations:${encodeURIComponent(group)}/versions/${asked}`);
    if (session) show();
  } catch {
    if (session) drawVersion();
    setTimeout(readOld, AGAIN_MS);
  }
}

function begin(own) {
  const formula = known.formulas?.filter((each) => each.id === own.formula).sort((a, b) => b.version - a.version)[0];
  const panels = (known.panels ?? []).filter((panel) => formula?.panels?.[panel.id]);
  for (const head of document.querySelectorAll(".head .panels")) head.replaceWith(...panels.map((panel) => element("span", { class: "panel" }, said(panel.title))));
  at("places").parentElement.style.setProperty("--panels", panels.length);
  return places({ list: at("places"), panels });
}

function tellNews() {
  const row = board?.rows[0];
  const unit = row && known.units.find((each) => each.id === row.unit);
  if (row?.rank) write(at("news"), say("reveal.news", { unit: said(unit?.name ?? {}), rank: row.rank }));
}

function heard(message) {
  if (message.channel !== channel || !message.data || message.data.seq <= (current?.seq ?? -1)) return;
  current = message.data;
  if (asked && asked < current.version && !board) readOld();
  else if (!asked || asked >= current.version) board = current;
  if (session) show();
}

screen("board", { draw, heard, view: "board", channels: () => [channel], empty: (why) => write(at("group"), say(`screen.${why}`)) });
