// The presenter's clock: as large as the screen allows, counting by itself from the deadline.
import { clockText, countdown } from "./countdown.js";
import { minute, said, say, write } from "./page.js";
import { screen, ticking } from "./screen.js";
import { isWantedOpen, microphoneIsOff, nameOfSlot, nowAndNext } from "./slots.js";
import { serverNow } from "./time.js";

const at = (id) => document.getElementById(id);
let session = null;
let known = null;
let spoken = "";

const turn = ticking((now) => {
  const clock = countdown(session, now);
  document.body.dataset.playback = clock.playback;
  document.body.dataset.phase = clock.phase;
  write(at("digits"), clock.text);
  at("clock").style.setProperty("--chars", Math.max(4, clock.text.length));
  at("ring").style.setProperty("--left", clock.share.toFixed(4));
  write(at("word"), word(clock));
  write(at("day"), minute(now));
  speak(clock);
  return clock.next ?? 1_000;
});

function word({ playback, phase }) {
  if (playback === "paused") return say("stage.paused");
  if (playback === "idle" || playback === "finished") return say(`stage.${playback}`);
  if (playback === "armed") return say("stage.armed");
  if (phase !== "over") return say(`stage.${phase}`);
  if (isWantedOpen(session, serverNow())) return say("stage.restored");
  return say(microphoneIsOff(session) ? "stage.microphone_off" : "stage.time_up");
}

// Said aloud when the phase changes, not with every second.
function speak({ playback, phase, left }) {
  const next = `${playback} ${phase}`;
  if (next === spoken) return;
  spoken = next;
  write(at("news"), left === null ? word({ playback, phase }) : `${word({ playback, phase })} ${clockText(left)}`);
}

function draw(newest, broadcast, wanted) {
  [session, known] = [newest, broadcast];
  if (wanted.view === "board" && session.groups.length) return showBoard();
  const { own, after } = nowAndNext(session);
  const { who, what } = nameOfSlot(own, known);
  write(at("presenter"), who || said(known.title));
  write(at("unit"), what);
  write(at("next"), after ? say("stage.next", { who: nameOfSlot(after, known).line }) : "");
  turn();
}

// Another page shows boards; it leads back here when it is told so.
function showBoard() {
  const group = [...session.groups].reverse().find((each) => each.rows_revealed) ?? session.groups[0];
  const query = new URLSearchParams(location.search);
  query.set("board", `presentations:${group.id}`);
  query.set("back", "stage");
  location.replace(`/board?${query}`);
}

function empty(why) {
  write(at("presenter"), say(`screen.${why}`));
}

turn();
screen("stage", { draw, empty });
