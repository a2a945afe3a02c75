// The slides of whoever is on stage: full screen, turned by a clicker, black when the time is over.
import { countdown } from "./countdown.js";
import { said, say, write } from "./page.js";
import { ask } from "./session.js";
import { screen, ticking } from "./screen.js";
import { isWantedOpen, nameOfSlot, nowAndNext } from "./slots.js";
import { leave } from "./views.js";

const KEY = "tribune.slides";
const REST_MS = 2_500; // the pointer leaves the slide when a hand leaves the mouse
const AGAIN_MS = 3_000; // the console is away: the page turns here at once, and the others follow when it is back
const NEXT = ["ArrowRight", "ArrowDown", "PageDown", "Space", "Enter", "KeyN"];
const BACK = ["ArrowLeft", "ArrowUp", "PageUp", "Backspace", "KeyP"];
const at = (id) => document.getElementById(id);
const token = tokenOf();
const headers = { authorization: `Bearer ${token}` };
const decks = new Map(); // by slot: {pages, version, pictures, asked}
let session = null;
let known = null;
let page = 1;
let turning = null; // the page that was turned to here, until the session has it
let isDark = false; // by the clicker's black key

function tokenOf() {
  const given = location.hash.slice(1).replace(/^token=/, "");
  if (given) sessionStorage.setItem(KEY, given);
  if (given) history.replaceState(null, "", location.pathname + location.search);
  return given || sessionStorage.getItem(KEY) || sessionStorage.getItem("tribune.operator") || "";
}

// ---- decks: every page is fetched before it is needed ----
async function learn(slot) {
  const held = decks.get(slot) ?? { pages: 0, version: null, pictures: [], asked: -Infinity };
  decks.set(slot, held);
  if (performance.now() - held.asked < AGAIN_MS) return;
  held.asked = performance.now();
  try {
    const all = await ask(`/api/broadcasts/${encodeURIComponent(known.id)}/decks`, { headers });
    const deck = all.find((each) => each.slot === slot) ?? { pages: 0, version: null };
    if (deck.version === held.version && held.pictures.length === deck.pages) return;
    Object.assign(held, { pages: deck.pages, version: deck.version, pictures: [] });
    for (let number = 1; number <= deck.pages; number += 1) await fetchPage(slot, held, number, deck.version);
  } catch (error) {
    if (error.status === 401 || error.status === 403) return openDoor();
  }
  draw(session, known);
}

async function fetchPage(slot, held, number, version) {
  const answer = await fetch(`/api/slots/${encodeURIComponent(slot)}/deck/${number}`, { headers });
  if (!answer.ok) throw Object.assign(new Error("no page"), { status: answer.status });
  const picture = URL.createObjectURL(await answer.blob());
  if (held.version !== version) return;
  held.pictures[number - 1] = picture;
  if (number === page || number === 1) draw(session, known);
}

// ---- what is shown ----
function draw(newest, broadcast, wanted) {
  [session, known] = [newest, broadcast];
  if (wanted && leave("slides", wanted, session)) return;
  const { own, after } = nowAndNext(session);
  const slot = own?.kind === "break" ? null : own;
  if (slot) learn(slot.id);
  if (slot?.id === session.slot && after && after.kind !== "break") learn(after.id);
  if (!turning || turning.slot !== slot?.id || slot.page === turning.page) {
    turning = null;
    page = Math.max(1, slot?.page ?? 1);
  }
  drawCard(own);
  turn();
}

function drawCard(own) {
  const name = nameOfSlot(own, known);
  const group = known.groups?.find((each) => each.id === own?.group);
  write(at("group"), group ? said(group.title) : said(known.title));
  write(at("presenter"), name.who || said(known.title));
  write(at("unit"), name.what);
  const deck = decks.get(own?.id);
  write(at("note"), own?.id === session.slot && own?.kind !== "break" && deck && !deck.pages ? say("slides.none") : "");
}

const turn = ticking((now) => {
  const clock = countdown(session, now);
  const deck = session ? decks.get(session.slot) : null;
  const picture = deck?.pictures[Math.min(page, deck.pages || 1) - 1];
  const isOver = clock.playback === "overtime" && !isWantedOpen(session, now);
  const isOn = clock.playback === "running" || clock.playback === "paused" || (clock.playback === "overtime" && !isOver);
  document.body.dataset.shows = !at("door").hidden ? "card" : isDark || isOver ? "black" : isOn && picture ? "slide" : "card";
  at("slide").hidden = !(isOn && picture);
  if (picture && at("slide").src !== picture) at("slide").src = picture;
  at("slide").alt = deck ? say("slides.page", { n: page, all: deck.pages }) : "";
  write(at("count"), deck?.pages ? say("slides.page", { n: Math.min(page, deck.pages), all: deck.pages }) : "");
  return clock.next ?? 1_000;
});

// ---- the clicker ----
function go(to) {
  const slot = session?.slot;
  const deck = decks.get(slot);
  const wanted = Math.min(Math.max(1, to), deck?.pages ?? 1);
  if (!slot || !deck?.pages || wanted === page) return;
  page = wanted;
  turning = { slot, page };
  turn();
  tell(slot, page);
}

// Page turns are facts; one that cannot be told now is told with the next, or again soon.
let telling = null;
async function tell(slot, number) {
  clearTimeout(telling);
  try {
    const answer = await fetch(`/api/broadcasts/${encodeURIComponent(known.id)}/pages`, {
      method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify({ slot, page: number }),
    });
    if (answer.status < 500) return;
  } catch { /* no connection */ }
  telling = setTimeout(() => turning?.slot === slot && turning.page === number && tell(slot, number), AGAIN_MS);
}

addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.altKey || event.metaKey) return;
  const deck = decks.get(session?.slot);
  if (NEXT.includes(event.code)) go(page + 1);
  else if (BACK.includes(event.code)) go(page - 1);
  else if (event.code === "Home") go(1);
  else if (event.code === "End") go(deck?.pages ?? 1);
  else if (event.code === "KeyB" || event.code === "Period") {
    isDark = !isDark;
    turn();
  } else if (event.code === "KeyF") fill();
  else return;
  event.preventDefault();
});
at("slide").addEventListener("click", (event) => go(page + (event.clientX > innerWidth / 3 ? 1 : -1)));

const fill = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
at("full").addEventListener("click", () => {
  fill();
  at("full").blur();
});

// The bar and the pointer are for whoever sets it up: they go when nobody moves.
let resting = null;
function wake() {
  document.body.dataset.awake = "";
  clearTimeout(resting);
  resting = setTimeout(() => delete document.body.dataset.awake, REST_MS);
}
addEventListener("pointermove", wake);
wake();

function openDoor() {
  at("door").hidden = false;
  at("card").hidden = true;
  document.body.dataset.awake = "";
}
at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, at("token").value.trim());
  location.reload();
});

if (token) screen("slides", { draw, view: "slides", empty: (why) => write(at("presenter"), say(`screen.${why}`)) });
else openDoor();
