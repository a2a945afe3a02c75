// Questions: the board of a broadcast's public ones, from push, or from the console while that is away.
import { age, element, said, say, write } from "./page.js";
import { ask, follow } from "./session.js";

const at = (id) => document.getElementById(id);
let known = null;
let seq = -1;

const unit = (id) => said(known.units.find((each) => each.id === id)?.name ?? {});

function put(board) {
  if (!board || board.seq <= seq) return;
  seq = board.seq;
  at("rows").replaceChildren(...board.rows.map((row) => element("li", {}, row.text, element("small", {}, row.unit ? unit(row.unit) : ""))));
  at("none").hidden = board.rows.length > 0;
}

async function look() {
  try {
    put(await ask(`/api/broadcasts/${encodeURIComponent(known.id)}/questions`));
  } catch { /* no board yet, or the console is away: push says it when there is one */ }
}

function session(state, broadcast) {
  const isFirst = known === null;
  known = broadcast;
  at("rehearsal").hidden = !state.rehearsal;
  write(at("broadcast"), said(broadcast.title));
  write(at("next"), say("questions.none_next"));
  if (isFirst) look();
}

function live({ state, age: old }) {
  document.body.dataset.live = state;
  write(at("live"), say(`live.${state}`, { age: age(old) }));
}

function heard(message) {
  if (message.channel?.startsWith("questions:")) put(message.data);
}

follow({ session, live, heard, empty: (why) => write(at("next"), say(`screen.${why}`)) }, { channels: (broadcast) => [`questions:${broadcast.id}`] });
