// A board on a screen: which one, how fresh, and everything but the rows' own looks.
import { connect } from "./connection.js";
import { follow, names } from "./boards.js";
import { facts, said } from "./page.js";

// `screen` has three verbs: `empty(why, round)`, `board(data, {title, units})`, `live({state, age})`.
export function show(asked, screen) {
  let link = null;
  let shown = null; // the newest board
  let known = { broadcast: null, position: null, title: null, units: new Map() };

  async function learnNames(board) {
    const position = board.positions.broadcasts["0"];
    if (known.broadcast === board.broadcast && known.position === position) return;
    try {
      known = { broadcast: board.broadcast, position, ...(await names(board.broadcast)) };
      if (shown) screen.board(shown, known);
    } catch { /* asked again with the next board */ }
  }

  function hear(message) {
    if (message.type !== "snapshot" && message.type !== "update") return;
    if (!message.data || (shown && message.data.board === shown.board && message.seq <= shown.seq)) return;
    shown = message.data;
    screen.board(shown, known);
    learnNames(shown);
  }

  follow(asked, ({ board, empty, round }) => {
    if (!shown || shown.board !== board) screen.empty(empty, round);
    screen.round(round);
    if (link && link.board === board) return;
    link?.close();
    shown = null;
    link = board && {
      board,
      ...connect({ port: facts.push_port, channels: [`board:${board}`], hear, changed: screen.live }),
    };
    if (!link) screen.live({ state: "waiting", age: 0 });
  });
}

export const titleOf = (text) => said(text ?? {});
