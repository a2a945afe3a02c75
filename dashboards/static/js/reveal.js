// A group's places on the hall's board: the same for all at the moment that each is revealed.
import { element, position, said, say, time, write } from "./page.js";
import { places } from "./places.js";
import { screen } from "./screen.js";
import { leave } from "./views.js";

const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);
const group = (query.get("board") ?? "").slice("presentations:".length);
const channel = `board:presentations:${group}`;
let board = null;
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
  write(at("status"), board?.revealed ? say(`status.${board.status}`) : standing ? say(`group.${standing.status}`) : "");
  write(at("shown"), say("reveal.shown", { n: board?.revealed ?? 0, all: board?.of ?? of }));
  write(at("formula"), board ? say("foot.formula", board.formula) : "");
  write(at("as-of"), board ? say("foot.as_of", { time: time(board.as_of) }) : "");
  write(at("position"), board ? say("foot.position", { position: position(board.seq) }) : "");
  write(at("version"), board?.version > 1 ? say("reveal.version", { n: board.version }) : "");
  document.body.dataset.columns = (board?.of ?? of) > 9 ? 2 : 1;
  ranking.draw(board, session, known, of);
  at("places").style.setProperty("--rows", document.body.dataset.columns === "2" ? Math.ceil((board?.of ?? of) / 2) : Math.max(1, board?.of ?? of));
  tellNews();
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
  if (message.channel !== channel || !message.data || message.data.seq <= (board?.seq ?? -1)) return;
  board = message.data;
  if (session) show();
}

screen("board", { draw, heard, view: "board", channels: () => [channel], empty: (why) => write(at("group"), say(`screen.${why}`)) });
