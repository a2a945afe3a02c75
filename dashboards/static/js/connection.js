// One connection to the push: subscribes, tells what it hears, and comes back by itself.
import { ASK_MS, backOff, liveState, QUIET_MS } from "./live.js";

// `hear(message)` gets boards; `changed({state, age})` is called whenever that may have changed;
// `token` is shown first, where a channel needs one; `timed(there, sent, received)` gets each sample of
// the clock.
export function connect({ port, channels, hear, changed, token, timed }) {
  const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.hostname}:${port}/live`;
  const samples = []; // of the clock: {trip, offset}
  let socket = null;
  let since = 0; // when this socket last showed any life
  let current = false; // whether this socket has sent its snapshot, and hears the log
  let silent = false; // whether the push says that it hears no log, or no boards, or its boards
  let heardAt = null; // when what is shown was last known to be the newest
  let failures = 0;
  let retry = null;

  const now = () => performance.now();
  const isCurrent = () => current && !silent;
  const tell = () => changed(liveState({ open: isCurrent(), heardAt, now: now() }));

  function open() {
    clearTimeout(retry);
    const own = new WebSocket(address);
    [socket, current, silent, since] = [own, false, false, now()];
    own.onopen = () => send({ ...(token ? { token } : {}), subscribe: channels, time: now() });
    own.onmessage = (event) => own === socket && take(JSON.parse(event.data));
    own.onclose = () => own === socket && lose();
  }

  const send = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

  function take(message) {
    since = now();
    failures = 0;
    if (message.type === "time") sample(message);
    else if (message.type === "status") silent = message.log === "silent" || message.boards === "silent";
    else hear(message);
    current = current || message.type === "snapshot" || channels.length === 0;
    if (isCurrent()) heardAt = since;
    tell();
  }

  function sample({ now: there, echo }) {
    if (echo === undefined) return;
    const trip = since - echo;
    timed?.(there, echo, since);
    samples.push({ trip, offset: there + trip / 2 - Date.now() });
    if (samples.length > 10) samples.shift();
  }

  // Of the last samples, the one that was under way shortest is nearest the truth.
  function offset() {
    return samples.reduce((best, one) => (one.trip < best.trip ? one : best), samples[0] ?? { offset: 0 }).offset;
  }

  function lose() {
    const own = socket;
    [socket, current] = [null, false];
    own.close();
    retry = setTimeout(open, backOff(failures, Math.random()));
    failures += 1;
    tell();
  }

  // A connection that says nothing when it is asked is no connection.
  function watch() {
    const quiet = now() - since;
    if (socket && quiet > QUIET_MS) return lose();
    if (socket && quiet > ASK_MS) send({ time: now() });
    tell();
  }

  function hurry() {
    if (socket || document.hidden) return;
    failures = 0;
    open();
  }

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  const watching = setInterval(watch, 1_000);
  open();
  return {
    now: () => Date.now() + offset(),
    say: (message) => Boolean(socket) && send(message) !== false,
    close() {
      clearInterval(watching);
      clearTimeout(retry);
      removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      const own = socket;
      socket = null;
      own?.close();
    },
  };
}
