// The presenter's clock: as large as the screen allows, counting by itself from the deadline; small
// beside the slides when an operator points the screen at them.
import { clockText, countdown } from "./countdown.js";
import { mark, minute, said, say, write } from "./page.js";
import { liveSlide } from "./live_slide.js";
import { ring } from "./ring.js";
import { screen, ticking } from "./screen.js";
import { isBreak, isWantedOpen, microphoneIsOff, nameOfSlot, nowAndNext } from "./slots.js";
import { serverNow } from "./time.js";
import { leave } from "./views.js";

const at = (id) => document.getElementById(id);
let session = null;
let known = null;
let spoken = "";
const frame = ring(at("ring"));
const slide = liveSlide(at("slide"), () => turn());

const turn = ticking((now) => {
  const clock = countdown(session, now);
  mark("playback", clock.playback);
  mark("phase", clock.phase);
  drawClock(clock);
  write(at("word"), word(clock));
  write(at("day"), minute(now));
  showSlide(clock);
  speak(clock);
  return clock.next ?? 1_000;
});

// The picture that has the new second has nothing else that is new: the frame moves with the next tenth.
function drawClock({ text, share, next }) {
  const isNew = at("digits").textContent !== text;
  if (isNew) {
    write(at("digits"), text);
    at("clock").style.setProperty("--chars", Math.max(4, text.length));
  }
  if (!isNew || next === null) frame(share);
}

function word({ playback, phase }) {
  if (playback === "paused") return say("stage.paused");
  if (playback === "idle" || playback === "finished") return say(`stage.${playback}`);
  if (playback === "armed") return say("stage.armed");
  if (isBreak(session)) return say(phase === "over" ? "stage.time_up" : phase === "normal" ? "stage.break" : "stage.break_ends");
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
  if (leave("stage", wanted, session)) return;
  slide.follow(session, wanted.view === "slides");
  const { own, after } = nowAndNext(session);
  const { who, what } = nameOfSlot(own, known);
  write(at("presenter"), who || said(known.title));
  write(at("unit"), what);
  write(at("next"), after ? say("stage.next", { who: nameOfSlot(after, known).line }) : "");
  turn();
}

// When the time is over the clock has the whole screen again.
function showSlide({ playback, phase }) {
  const isOn = playback === "running" || playback === "paused" || (playback === "overtime" && (phase !== "over" || isWantedOpen(session, serverNow())));
  const isShown = isOn && slide.isThere();
  at("slide").hidden = !isShown;
  document.body.toggleAttribute("data-slide", isShown);
}

function empty(why) {
  write(at("presenter"), say(`screen.${why}`));
}

turn();
screen("stage", { draw, empty });
