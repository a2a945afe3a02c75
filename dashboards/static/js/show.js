// A board on a screen: which one, how fresh, and under which names.
import { connect } from "./connection.js";
import { follow, names } from "./boards.js";
import { paced } from "./pace.js";
import { facts } from "./page.js";

const ASK_AGAIN_MS = 5_000; // a name that is missing stays missing until the file is loaded anew
const UNKNOWN = { broadcast: null, position: null, title: null, units: new Map() };

// `screen` has four verbs: `empty(why, round)`, `board(board, {title, units})`, `round(round)`,
// `live({state, age})`.
export function show(asked, screen) {
  const newest = new Map(); // by channel: the newest edition heard
  let link = { channels: "", close() {} };
  let board = null; // the id of the board to show
  let shown = null; // its newest edition
  let known = UNKNOWN;
  let asking = null; // whose names were asked for last, when, and whether in vain

  const pace = paced((edition) => {
    screen.board(edition, known.broadcast === edition.broadcast ? known : UNKNOWN);
  });

  function hear({ type, channel, data }) {
    if ((type !== "snapshot" && type !== "update") || !data) return;
    if (newest.has(channel) && data.seq <= newest.get(channel).seq) return;
    newest.set(channel, data);
    if (channel === `board:${board}`) put(data);
    else lookAgain(); // a round has opened
  }

  function put(edition) {
    if (shown && shown.status !== edition.status) lookAgain();
    shown = edition;
    const position = edition.positions.broadcasts["0"];
    const isKnown = known.broadcast === edition.broadcast;
    if (isKnown || asking?.failed) pace.put(edition);
    if (!isKnown || known.position !== position) learnNames(edition.broadcast, position);
  }

  // Nothing is drawn before the names are there, or cannot be had.
  async function learnNames(broadcast, position) {
    const asked = { broadcast, position, at: performance.now(), failed: asking?.failed };
    const isSame = asking?.broadcast === broadcast && asking.position === position;
    if (isSame && asked.at - asking.at < ASK_AGAIN_MS) return;
    asking = asked;
    try {
      known = { broadcast, position, ...(await names(broadcast)) };
      asked.failed = false;
    } catch {
      asked.failed = true; // and asked again with a later edition
    }
    if (shown) pace.put(shown);
  }

  const lookAgain = follow(asked, (seen) => {
    if (seen.board !== board) {
      [board, shown] = [seen.board, null];
      pace.forget();
    }
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
}
