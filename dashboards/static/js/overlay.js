// The overlay for OBS: one view at a time, on nothing or on a colour to key out.
import { mark, said, say, write } from "./page.js";
import { screen, ticking } from "./screen.js";
import { countdown } from "./countdown.js";
import { liveSlide } from "./live_slide.js";
import { places } from "./places.js";
import { isWantedOpen, nameOfSlot, nowAndNext } from "./slots.js";
import { serverNow } from "./time.js";

const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);
const view = ["clock", "lowerthird", "board", "slides"].includes(query.get("view")) ? query.get("view") : "board";
const board = query.get("board") ?? "";
const isOfGroup = board.startsWith("presentations:");
let session = null;
let known = null;
let shown = view;

document.documentElement.style.setProperty("--scale", Math.min(4, Math.max(0.25, Number(query.get("scale")) || 1)));
if (/^[0-9a-f]{6}$/i.test(query.get("key") ?? "")) {
  document.documentElement.style.background = `#${query.get("key")}`;
  document.body.dataset.keyed = "";
}
document.body.dataset.view = view;

const ranking = places({ list: at("places"), most: Number(query.get("top")) || 12 });

const slide = liveSlide(at("slide"), () => turn());

const turn = ticking((now) => {
  const clock = countdown(session, now);
  const isOn = ["running", "paused", "overtime"].includes(clock.playback);
  mark("playback", clock.playback);
  mark("phase", clock.phase);
  at("bug").hidden = !(shown === "clock" || shown === "lowerthird") || !isOn;
  write(at("digits"), clock.phase === "over" ? say("stage.time_up") : clock.text);
  if (clock.phase === "over" && isOn && isWantedOpen(session, serverNow())) write(at("digits"), clock.text);
  at("bug").style.setProperty("--left", clock.share.toFixed(4));
  write(at("word"), clock.playback === "paused" ? say("stage.paused") : "");
  at("slide").hidden = !slide.isThere() || !isOn || (clock.phase === "over" && !isWantedOpen(session, now));
  return clock.next ?? 1_000;
});

function draw(newest, broadcast, wanted) {
  [session, known, shown] = [newest, broadcast, wanted.view];
  drawName();
  drawPlaces();
  slide.follow(session, shown === "slides");
  turn();
}

// Nobody on stage is nothing on air.
function drawName() {
  const { own } = nowAndNext(session);
  const isSpeaking = own && own.id === session.slot && own.kind !== "break";
  const name = nameOfSlot(own, known);
  const group = known.groups.find((each) => each.id === own?.group);
  at("third").hidden = shown !== "lowerthird" || !isSpeaking;
  write(at("presenter"), name.who);
  write(at("unit"), name.name && name.who !== name.name ? name.name : name.what);
  write(at("group"), group ? said(group.title) : "");
}

function groupOf() {
  if (isOfGroup) return board.slice("presentations:".length);
  return [...session.groups].reverse().find((group) => group.rows_revealed)?.id ?? null;
}

const boards = new Map(); // by channel: the newest

function drawPlaces() {
  const group = session && groupOf();
  const newest = boards.get(`board:presentations:${group}`);
  at("reveal").hidden = shown !== "board" || !newest?.revealed;
  if (!newest) return;
  write(at("reveal-title"), said(newest.title));
  write(at("reveal-status"), say(`status.${newest.status}`));
  ranking.draw(newest, session, known);
}

function heard({ channel, data }) {
  if (!data || (boards.get(channel)?.seq ?? -1) >= data.seq) return;
  boards.set(channel, data);
  drawPlaces();
}

// The satisfaction board stands alone; what has to do with the stage follows the session.
if (query.has("view") || query.has("screen") || isOfGroup) {
  const channels = (broadcast) => (broadcast.groups ?? []).map((group) => `board:presentations:${group.id}`);
  screen("overlay", { draw, heard, channels, view });
}
if (!isOfGroup && (view === "board" || query.has("board"))) (await import("./overlay_board.js")).begin();
