// A board on a screen: which one, how fresh, and under which names.
import { connect } from "./connection.js";
import { follow, names } from "./boards.js";
import { facts } from "./page.js";

const REST_MS = 1_200;
const UNKNOWN = { broadcast: null, position: null, title: null, units: new Map() };

// `screen` has four verbs: `empty(why, round)`, `board(board, {title, units})`, `round(round)`,
// `live({state, age})`.
export function show(asked, screen) {
  let link = { channels: "", close() {} };
  let board = null; // the id of the board to show
  let shown = null; // its newest edition
  let known = UNKNOWN;
  let frame = null; // that will draw it
  let rested = null; // the timer that ends the rows' rest
  let drawn = { order: null, at: -Infinity };
  const newest = new Map(); // by channel: the newest edition heard

  async function learnNames() {
    const { broadcast, positions } = shown;
    const position = positions.broadcasts["0"];
    if (known.broadcast === broadcast && known.position === position) return;
    try {
      known = { broadcast, position, ...(await names(broadcast)) };
      hurry();
    } catch { /* asked again with the next edition */ }
  }

  function hear({ type, channel, data }) {
    if ((type !== "snapshot" && type !== "update") || !data) return;
    if (newest.has(channel) && data.seq <= newest.get(channel).seq) return;
    newest.set(channel, data);
    if (channel === `board:${board}`) put(data);
    else lookAgain(); // a round has opened
  }

  // A screen that cannot keep up skips editions; it never lags behind them. Rows that have just moved
  // rest a while before any move again, and nothing else is shown of an edition that would move them:
  // what is shown is always one whole edition, in its own order.
  function put(edition) {
    shown = edition;
    learnNames();
    hurry();
  }

  function hurry() {
    if (!frame) frame = requestAnimationFrame(draw);
  }

  function draw() {
    frame = null;
    if (!shown) return;
    const order = shown.rows.map((row) => `${row.unit} ${row.status}`).join();
    const rest = order === drawn.order ? 0 : drawn.at + REST_MS - performance.now();
    clearTimeout(rested);
    if (rest > 0) {
      rested = setTimeout(hurry, rest);
      return;
    }
    if (order !== drawn.order) drawn = { order, at: performance.now() };
    screen.board(shown, known);
  }

  const lookAgain = follow(asked, (seen) => {
    if (seen.board !== board) [board, shown, drawn] = [seen.board, null, { order: null, at: -Infinity }];
    const edition = newest.get(`board:${board}`);
    if (!edition) screen.empty(seen.empty, seen.round);
    else if (!shown) put(edition);
    screen.round(seen.round);
    listen([...new Set([board, ...seen.awaited])].filter(Boolean).map((each) => `board:${each}`));
  });

  function listen(channels) {
    if (link.channels === channels.join()) return;
    link.close();
    link = { channels: channels.join(), ...connect({ port: facts.push_port, channels, hear, changed: tellLive }) };
  }

  const tellLive = (state) => screen.live(board ? state : { state: "waiting", age: 0 });
  tellLive();
}
