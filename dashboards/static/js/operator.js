// The operator's desk: what is on air, what is next, what was confirmed; everything by keyboard.
import { cards } from "./cards.js";
import { call, keepToken, reasonOf, tokenOf } from "./command.js";
import { clockText, countdown, span } from "./countdown.js";
import { showDevices } from "./devices.js";
import { groups } from "./groups.js";
import { listen } from "./keys.js";
import { age, element, mark, minute, minutes, said, say, write } from "./page.js";
import { preflight } from "./preflight.js";
import { rundown } from "./rundown.js";
import { ticking } from "./screen.js";
import { screens } from "./screens.js";
import { follow } from "./session.js";
import { sheet } from "./sheet.js";
import { isBreak, isWantedOpen, lateness, nameOfSlot, nowAndNext } from "./slots.js";
import { doubtMs, serverNow } from "./time.js";
import { backwards } from "./undo.js";

const STEP_MS = 30_000; // half a minute: what a chair grants
const TOAST_MS = 6_000; // time to read two lines, and to look away from the stage for it
const MOST_WAITING = 6; // a held key, or a log that is away: more presses than these are no decisions
const REASONS = ["restore_technical", "restore_question", "restore_chair", "restore_mistake"];
const at = (id) => document.getElementById(id);
const token = tokenOf();
let session = null;
let known = null;
let link = null;
let queue = Promise.resolve();
let answered = 0; // the number of the session after this operator's last command
const waiting = []; // the commands that have no answer yet
const undone = []; // what would take back what was done: {label, take()}

// ---- commands ----
// One after the other, in the order of the keys; the same key twice before the answer is one press. A
// cut waits for nothing.
function command(name, more = {}, { free = false } = {}) {
  if (!session || (waiting.includes(name) && name !== "add_time") || waiting.length > MOST_WAITING) return false;
  const slot = session.slot && name !== "change_rundown" ? { slot: session.slot } : {};
  const wish = { command: name, ...slot, ...more };
  if (free) return give(wish, undefined);
  const saw = session.seq;
  waiting.push(name);
  document.body.dataset.sending = "";
  queue = queue.then(() => give(wish, Math.max(saw, answered))).finally(() => {
    waiting.shift();
    if (!waiting.length) delete document.body.dataset.sending;
  });
  return queue;
}

async function give(wish, seq) {
  const before = session;
  const path = `/api/broadcasts/${encodeURIComponent(known.id)}/commands`;
  const answer = await call("POST", path, wish, { token, seq });
  if (answer.body?.seq) link.put(answer.body);
  if (answer.ok) answered = Math.max(answered, answer.body?.seq ?? 0);
  if (answer.ok) remember(wish, before);
  return settled(answer);
}

function settled(answer) {
  if (answer.ok) return true;
  if (answer.status === 401 || answer.status === 403) leave(reasonOf(answer.error));
  else if (answer.status === 412) toast(say("refused.changed"));
  else if (answer.status === 0 || answer.status === 503) toast(say("operator.unknown_outcome"), "bad");
  else toast(reasonOf(answer.error) || say("operator.failed", { status: answer.status }));
  return false;
}

function remember(wish, before) {
  const back = backwards(wish, before);
  if (back) undone.push({ label: say(`did.${wish.command}`), slot: back.slot, take: () => command(back.command, back) });
  if (undone.length > 20) undone.shift();
  paintKeys();
}

// What can be taken back by now: nothing of a presentation that is over.
function newest() {
  const isOver = ({ slot }) => slot && session.slots.find(({ id }) => id === slot)?.status === "done";
  while (undone.length && isOver(undone.at(-1))) undone.pop();
  return undone.at(-1);
}

async function undo() {
  const last = newest() && undone.pop();
  if (!last) return;
  const depth = undone.length;
  await last.take();
  undone.length = Math.min(undone.length, depth); // what takes back is not taken back again
  paintKeys();
}

async function tell(name, words, back) {
  const path = `/api/broadcasts/${encodeURIComponent(known.id)}/screens/${encodeURIComponent(name)}`;
  const answer = await call("POST", path, words, { token });
  if (answer.body?.seq) link.put(answer.body);
  if (answer.ok && back) undone.push({ label: say("did.screen"), take: () => tell(name, back) });
  paintKeys();
  return settled(answer);
}

// A simulated device is made to fail, or a hand turns it: the next session shows what came of it.
async function simulate(name, order) {
  settled(await call("POST", `/api/devices/${encodeURIComponent(name)}/simulation`, order, { token }));
}

let hushing = null;
function toast(text, kind = "careful") {
  clearTimeout(hushing);
  const plate = at("toast");
  plate.dataset.kind = kind;
  plate.hidden = false;
  write(plate, text);
  hushing = setTimeout(() => (plate.hidden = true), TOAST_MS);
}

function leave(why) {
  keepToken("");
  sessionStorage.setItem("tribune.why", why);
  location.reload();
}

// ---- what the keys do now ----
const now = () => countdown(session, serverNow());
const isOn = () => ["running", "paused", "overtime"].includes(now().playback);
const isOpen = () => isWantedOpen(session, serverNow());
const isBlack = () => Boolean(session?.screens?.all?.blackout);
const go = () => ({
  armed: ["go", "start_presentation"], running: ["pause", "pause_presentation"], paused: ["resume", "resume_presentation"],
})[now().playback] ?? [now().playback === "overtime" ? "pause" : "go", null];

const CONTROLS = [
  { id: "go", cap: "Space", code: "Space", label: () => say(`keys.${go()[0]}`), on: () => go()[1],
    act: () => command(go()[1], now().playback === "armed" ? { slot: session.next } : {}) },
  { id: "next", cap: "N", code: "KeyN", label: () => say(isOn() ? "keys.next" : "keys.skip"),
    on: () => isOn() || session?.next, hold: () => now().playback !== "overtime",
    act: () => (isOn() ? command("move_on") : command("skip_slot", { slot: session.next })) },
  { id: "more", cap: "↑", code: "ArrowUp", label: () => say("keys.more"), on: isOn, act: () => command("add_time", { added_ms: STEP_MS }) },
  { id: "less", cap: "↓", code: "ArrowDown", label: () => say("keys.less"), on: isOn, act: () => command("add_time", { added_ms: -STEP_MS }) },
  { id: "microphone", cap: "M", code: "KeyM", label: () => say(isOpen() ? "keys.cut" : "keys.restore"),
    on: () => isOn() && now().playback !== "paused", act: () => (isOpen() ? command("cut_microphone", {}, { free: true }) : askReason()) },
  { id: "black", cap: "B", code: "KeyB", label: () => say(isBlack() ? "keys.light" : "keys.black"), on: () => session,
    pressed: isBlack, act: () => tell("all", { blackout: !isBlack() }, { blackout: isBlack() }) },
  { id: "reveal", cap: "R", code: "KeyR", label: () => say("keys.reveal"), on: () => ranking.canReveal(), hold: () => true, act: () => ranking.revealNext() },
  { id: "undo", cap: "U", code: "KeyU", label: () => newest()?.label ?? say("keys.undo"), on: () => Boolean(newest()), act: undo },
  { id: "stop", cap: "Esc", code: "Escape", label: () => say("keys.stop"), on: isOn, hold: () => true, act: () => command("finish_presentation") },
];

function makeKeys() {
  for (const control of CONTROLS) {
    control.button = element("button", { type: "button", class: `key ${control.id}` }, element("kbd", {}, control.cap), element("span"), element("small"));
    at("keys").append(control.button);
  }
  listen([...CONTROLS, ...reasons()]);
}

function paintKeys() {
  for (const control of CONTROLS) {
    write(control.button.children[1], control.label());
    write(control.button.children[2], control.hold?.() ? say("keys.hold") : "");
    control.button.disabled = !control.on();
    if (control.pressed) control.button.setAttribute("aria-pressed", String(control.pressed()));
  }
}

// ---- a microphone is opened again only with a reason ----
function reasons() {
  return REASONS.map((reason, index) => {
    const button = element("button", { type: "button" }, element("kbd", {}, String(index + 1)), say(`operator.${reason}`));
    at("reason-list").append(element("li", {}, button));
    button.disabled = true;
    const act = () => {
      openReasons(false);
      command("restore_microphone", { reason: say(`operator.${reason}`) });
    };
    return { button, code: `Digit${index + 1}`, hold: () => true, act };
  });
}

function openReasons(open) {
  at("reasons").hidden = !open;
  for (const button of at("reasons").querySelectorAll("button")) button.disabled = !open;
  if (open) at("reasons").querySelector("button").focus();
}

const askReason = () => openReasons(at("reasons").hidden);
addEventListener("keydown", (event) => event.code === "Escape" && openReasons(false));

// ---- what is shown ----
const turn = ticking((at_ms) => {
  const clock = countdown(session, at_ms);
  mark("playback", clock.playback);
  mark("phase", clock.phase);
  write(at("digits"), clock.text || "–:––");
  at("rest").style.width = `${(100 * clock.share).toFixed(2)}%`;
  write(at("playback"), say(clock.playback === "running" && isBreak(session) ? "stage.break" : `operator.${clock.playback}`));
  const whole = `${clock.playback} ${clock.phase}`;
  if (whole !== painted) paintKeys();
  if (whole !== painted && session) showDevices(at("devices"), at("wanted"), session, isOpen(), simulate);
  painted = whole;
  return clock.next ?? 1_000;
});
let painted = "";

function draw(newest, broadcast) {
  [session, known] = [newest, broadcast];
  write(at("broadcast"), said(broadcast.title));
  at("preflight-open").hidden = at("cards-open").hidden = false;
  at("rehearsal").hidden = !session.rehearsal;
  document.body.toggleAttribute("data-black-out", isBlack());
  document.body.toggleAttribute("data-break", isBreak(session));
  const { own, after } = nowAndNext(session);
  const name = nameOfSlot(own, known);
  write(at("presenter"), name.who || "–");
  write(at("unit"), name.what);
  drawTimes(own);
  write(at("next"), after ? nameOfSlot(after, known).line : "–");
  drawLast();
  showDevices(at("devices"), at("wanted"), session, isOpen(), simulate);
  order.draw(session, known);
  wall.draw(session);
  ranking.draw(session, known);
  paintKeys();
  turn();
}

function drawTimes(own) {
  write(at("allotted"), own ? span(own.allotted_ms / 1000) : "–");
  const added = session.added_ms ?? 0;
  write(at("added"), added ? `${added > 0 ? "+" : "−"}${span(Math.abs(added) / 1000)}` : "0:00");
  write(at("ends"), session.ends_at && session.slot ? minute(session.ends_at) : "–");
  const late = own ? lateness(own, session) : null;
  write(at("drift"), late === null ? "–" : late === 0 ? say("operator.on_plan") : say(late > 0 ? "operator.late" : "operator.early", { by: minutes(Math.abs(late)) }));
}

function drawLast() {
  const last = session.last;
  const what = last && DID.includes(last.type) ? say(`did.${last.type}`) : "";
  write(at("last"), what ? `${minute(last.at)} ${what}${last.by ? ` · ${last.by}` : ""}` : "");
}

const DID = [
  "presentation_started", "presentation_paused", "presentation_resumed", "time_added", "presentation_finished",
  "slot_skipped", "slot_restored", "microphone_ordered", "rundown_changed", "screen_told", "group_closed", "row_revealed", "page_turned",
];

function live({ state, age: old }) {
  document.body.dataset.live = state;
  write(at("live"), say(`live.${state}`, { age: age(old) }));
  const doubt = doubtMs();
  write(at("doubt"), doubt === null ? "" : say("operator.doubt", { ms: Math.max(1, Math.round(doubt)) }));
  if (session) wall.draw(session);
}

const wall = screens({ list: at("screens"), count: at("fresh"), form: at("say"), field: at("message"), to: at("to"), presets: at("presets"), tell });
const decks = {
  async list() {
    return (await call("GET", `/api/broadcasts/${encodeURIComponent(known.id)}/decks`, undefined, { token })).body;
  },
  async upload(slot, file) {
    toast(say("deck.uploading"));
    const path = `/api/slots/${encodeURIComponent(slot)}/deck?name=${encodeURIComponent(file.name)}`;
    const answer = await call("PUT", path, file, { token });
    if (settled(answer)) toast(say("deck.taken", { n: answer.body.pages }), "good");
  },
};
const order = rundown({ list: at("slots"), progress: at("progress"), edit: at("edit"), form: at("slot-form"), command, decks, toast });
const ranking = groups({ list: at("groups"), call: (method, path, body) => call(method, path, body, { token }), settled, changed: paintKeys });

preflight({
  button: at("preflight-open"), panel: at("preflight"), title: at("preflight-title"), list: at("preflight-list"),
  ask: () => call("GET", `/api/broadcasts/${encodeURIComponent(known.id)}/preflight`, undefined, { token }),
  slots: () => ({ session, known }),
});

sheet({
  button: at("sheet-open"), panel: at("sheet"), send: sendSheet, toast,
  slots: () => session?.slots ?? [], path: () => `/api/broadcasts/${encodeURIComponent(known.id)}/rundown`,
});

// A whole running order from a file: refused when another operator changed something since it was seen.
async function sendSheet(query, file) {
  const before = session;
  const answer = await call("POST", `/api/broadcasts/${encodeURIComponent(known.id)}/rundown?${query}`, file, { token, seq: session.seq });
  if (answer.ok) answered = Math.max(answered, answer.body.seq);
  if (answer.ok && answer.body.changes.length) remember({ command: "change_rundown" }, before);
  if (!answer.body?.errors) settled(answer);
  return answer;
}

cards({
  button: at("cards-open"), panel: at("cards"), list: at("card-list"), shown: at("new-card"),
  path: () => `/api/broadcasts/${encodeURIComponent(known.id)}`, token, settled, panels: () => known.panels,
});

function heard({ channel, data }) {
  if (channel?.startsWith("screens:") && data) wall.hear(data.screens);
  if (session) wall.draw(session);
}

// ---- the door ----
at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken(at("token").value.trim());
  location.reload();
});

if (token) {
  at("desk").hidden = at("keys").hidden = false;
  makeKeys();
  link = await follow({ session: (...each) => (link ? draw(...each) : queueMicrotask(() => draw(...each))), live, heard, empty: (why) => toast(say(`screen.${why}`)) },
    { token, channels: (broadcast) => [`screens:${broadcast.id}`] });
  turn();
} else {
  at("door").hidden = false;
  const why = sessionStorage.getItem("tribune.why");
  at("door-problem").hidden = !why;
  write(at("door-problem"), why ?? "");
  sessionStorage.removeItem("tribune.why");
  at("token").focus();
}
