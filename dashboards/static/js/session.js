// A broadcast's session: which presentation is on, until when, who is next; from push, or the console.
import { connect } from "./connection.js";
import { facts } from "./page.js";
import { keepTime, take } from "./time.js";

const LOOK_MS = 3_000; // push is away: a clock runs on by itself, what the operator decides is this late
const query = new URLSearchParams(location.search);

export async function ask(path, options = {}) {
  const answer = await fetch(path, { headers: { accept: "application/json" }, cache: "no-store", ...options });
  if (!answer.ok) throw Object.assign(new Error(`${path}: ${answer.status}`), { status: answer.status });
  return answer.json();
}

// The broadcast that the address names, or else the first with a running order that is not put away.
async function choose(given) {
  const named = given ?? query.get("broadcast");
  if (named) return ask(`/api/broadcasts/${encodeURIComponent(named)}`);
  const loaded = (await ask("/api/broadcasts")).filter((each) => !each.retired);
  const documents = await Promise.all(loaded.map((each) => ask(`/api/broadcasts/${encodeURIComponent(each.id)}`)));
  return documents.find((each) => each.slots?.length) ?? documents[0] ?? null;
}

// Tells `screen.session(session, broadcast)` whenever it changes, `screen.live({state, age})`, and
// `screen.heard(message)` of the other channels. `channels(broadcast)` are these; `token` if any; `named` the
// broadcast, where it is not the address that says it.
export async function follow(screen, { token, named, channels = () => [] } = {}) {
  keepTime();
  let broadcast = await chosen(screen, named);
  const own = `session:${broadcast.id}`;
  let seq = -1;
  let newest = null;
  let linkState = { state: "connecting", age: 0 };

  function put(session) {
    if (!session || session.seq <= seq) return;
    seq = session.seq;
    newest = session;
    screen.session(session, broadcast);
    if (!isNamed(session)) learnNames();
  }

  // The rundown may name a unit or a group that was loaded after this page was opened.
  const isNamed = ({ slots }) => slots.every((slot) =>
    (!slot.unit || broadcast.units.some((unit) => unit.id === slot.unit)) && (!slot.group || broadcast.groups.some((group) => group.id === slot.group)));

  async function learnNames() {
    try {
      broadcast = await ask(`/api/broadcasts/${encodeURIComponent(broadcast.id)}`);
      if (isNamed(newest)) screen.session(newest, broadcast);
    } catch { /* asked again with the next news */ }
  }

  function hear(message) {
    if (message.channel === own) put(message.data);
    else screen.heard?.(message);
  }

  const link = connect({
    port: facts.push_port,
    token,
    channels: [own, ...channels(broadcast)],
    hear,
    timed: (there, sent, received) => take("push", there, sent, received),
    changed: (state) => {
      linkState = state;
      screen.live(state);
    },
  });
  // While push is away the console is asked: a second way to the same.
  async function look() {
    if (linkState.state !== "live" || seq < 0) {
      try {
        put(await ask(`/api/broadcasts/${encodeURIComponent(broadcast.id)}/session`));
      } catch { /* it is away too: the clock goes on from what was heard */ }
    }
    setTimeout(look, LOOK_MS * (0.75 + Math.random() / 2));
  }
  look();
  return { broadcast, put, say: link.say, state: () => linkState, seq: () => seq };
}

async function chosen(screen, named) {
  for (;;) {
    try {
      const broadcast = await choose(named);
      if (broadcast) return broadcast;
      screen.empty?.("no_broadcast");
    } catch (error) {
      screen.empty?.(error.status === 404 ? "unknown_broadcast" : "no_console");
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
