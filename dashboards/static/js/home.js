// The front page: rounds and how the system is, looked at again every few seconds.
import { connect } from "./connection.js";
import { element, facts, minute, said, say, write } from "./page.js";

const LOOK_MS = 4_000; // the page is open on few machines; it is how an operator sees that the system is well
const at = (id) => document.getElementById(id);
const system = new Map(); // by part: its list item
let told = "";

at("loopback").hidden = facts.phones_reach_us;

async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function look() {
  await Promise.all([lookAtRounds(), lookAtConsole(), lookAtGateway()]);
  setTimeout(look, LOOK_MS * (0.75 + Math.random() / 2));
}

async function lookAtRounds() {
  try {
    const [rounds, broadcasts] = await Promise.all([ask("/api/rounds"), ask("/api/broadcasts")]);
    const seen = JSON.stringify([rounds, broadcasts]);
    if (seen !== told) showRounds(rounds, broadcasts.filter((each) => !each.retired));
    told = seen;
  } catch { /* the console's own line below says so */ }
}

function showRounds(rounds, broadcasts) {
  const titles = new Map(broadcasts.map((each) => [each.id, said(each.title)]));
  const open = rounds.filter((round) => round.status === "open").sort((a, b) => b.opened_at - a.opened_at);
  const others = rounds.filter((round) => round.status !== "open");
  at("open").replaceChildren(...(open.length ? open.map((round) => openRound(round, titles)) : [nothingOpen(rounds, broadcasts)]));
  at("others").hidden = others.length === 0;
  at("rounds").replaceChildren(...others.map((round) => otherRound(round, titles)));
}

const withLang = (path) => `${path}${path.includes("?") ? "&" : "?"}lang=${facts.lang}`;
const boardAddress = (round) => withLang(`/board?board=${encodeURIComponent(round.board)}`);

function openRound(round, titles) {
  const about = [titles.get(round.broadcast), say("home.since", { time: minute(round.opened_at) })];
  if (round.closes_at) about.push(say("board.closes", { time: minute(round.closes_at) }));
  return element("article", { class: "open" },
    round.accepts.includes("web") ? code(round) : element("p", { class: "about" }, say("home.not_web")),
    element("div", {},
      element("h3", {}, said(round.title)),
      element("p", { class: "about" }, about.filter(Boolean).join(" · ")),
      element("ul", { class: "actions" },
        element("li", {}, element("a", { class: "go first", href: boardAddress(round) }, say("home.board"))),
        ...(round.accepts.includes("web")
          ? [element("li", {}, element("a", { class: "go", href: voteAddress(round, location.hostname) }, say("home.vote")))] : []),
      ),
      overlay(round),
    ));
}

const host = (name) => (name.includes(":") && !name.startsWith("[") ? `[${name}]` : name);
const voteAddress = (round, name) => withLang(`${location.protocol}//${host(name)}:${facts.gateway_port}/vote?round=${round.id}`);

function code(round) {
  const source = `/qr/vote.svg?round=${encodeURIComponent(round.id)}`;
  const shown = `${facts.gateway.replace(/^https?:\/\//, "")}/vote`;
  return element("figure", { class: "code" },
    element("img", { src: source, alt: say("home.code", { address: `${facts.gateway}/vote?round=${round.id}` }), width: "300", height: "300" }),
    element("figcaption", {}, `${say("board.scan")} `, element("a", { href: `${facts.gateway}/vote?round=${round.id}` }, shown)));
}

function overlay(round) {
  const address = `${location.origin}/overlay?board=${round.board}&top=5&lang=${facts.lang}`;
  const field = element("input", { readonly: "", value: address, id: `overlay-${round.id}` });
  field.addEventListener("focus", () => field.select());
  const row = element("div", { class: "overlay-address" }, field);
  if (navigator.clipboard) {
    const copy = element("button", { type: "button" }, say("home.copy"));
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(address);
      write(copy, say("home.copied"));
    });
    row.append(copy);
  }
  return element("div", {}, element("label", { class: "about", for: `overlay-${round.id}` }, say("home.overlay")), row);
}

// A command that reaches this log: a rehearsal's has another.
const typed = (command) => ("rehearsal" in document.body.dataset ? `${command} --rehearsal` : command);

function nothingOpen(rounds, broadcasts) {
  const ready = rounds.filter((round) => round.status === "loaded" || round.status === "closed");
  const [why, commands] = broadcasts.length
    ? ["no_round", ready.map((round) => `tribune round open ${round.id}`)]
    : ["no_broadcast", ["tribune load examples/county/county.yaml"]];
  const next = commands.length ? say(`home.${why}_next`) : say("home.nothing_left");
  return element("div", { class: "empty" },
    element("h3", {}, say(`empty.${why}`)),
    element("p", {}, next),
    element("ul", {}, ...commands.map((command) => element("li", {}, element("code", {}, typed(command))))));
}

function otherRound(round, titles) {
  const line = element("li", {}, element("b", {}, said(round.title)),
    element("span", { class: "about" }, [titles.get(round.broadcast), say(`home.${round.status}`)].filter(Boolean).join(" · ")));
  if (round.opened_at !== null) line.append(element("a", { href: boardAddress(round) }, say("home.board")));
  return line;
}

// A part of the system: `state` is good, bad or unknown; words, and a line for each problem.
function part(name, state, words, problems = []) {
  if (!system.has(name)) {
    const line = element("li", {}, element("b", {}, say(`home.${name}`)), element("span", { class: "how" }, element("i", { class: "sign" }), element("span", { class: "words" })));
    system.set(name, line);
    at("system").append(line);
  }
  const line = system.get(name);
  line.dataset.state = state;
  write(line.querySelector(".words"), words);
  if (line.dataset.problems === problems.join("\n")) return;
  line.dataset.problems = problems.join("\n");
  for (const old of line.querySelectorAll(".problem")) old.remove();
  line.append(...problems.map((problem) => element("span", { class: "problem" }, problem)));
}

async function lookAtConsole() {
  try {
    const { ok, problems } = await (await fetch("/healthz")).json();
    part("console", ok ? "good" : "bad", say(ok ? "home.well" : "home.unwell"), problems ?? []);
  } catch {
    part("console", "bad", say("home.away"));
  }
}

// Another port is another origin: the page learns only whether somebody answers there.
async function lookAtGateway() {
  try {
    await fetch(`${location.protocol}//${host(location.hostname)}:${facts.gateway_port}/healthz`, { mode: "no-cors", cache: "no-store" });
    part("gateway", "good", say("home.answers"));
  } catch {
    part("gateway", "bad", say("home.away"));
  }
}

const PUSH = { live: ["good", "well"], connecting: ["unknown", "looking"], reconnecting: ["bad", "broken"], stale: ["bad", "broken"] };
for (const name of ["console", "gateway", "push"]) part(name, "unknown", say("home.looking"));
connect({
  port: facts.push_port,
  channels: [],
  hear: () => {},
  changed: ({ state }) => part("push", PUSH[state][0], say(`home.${PUSH[state][1]}`)),
});
look();
