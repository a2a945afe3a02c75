// One connection to the push: subscribes, tells what it hears, and comes back by itself.
import { backOff, liveState, QUIET_MS } from "./live.js";

// `hear(message)` gets boards; `changed({state, age})` is called whenever that may have changed.
export function connect({ port, channels, hear, changed }) {
  const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.hostname}:${port}/live`;
  const samples = [];
  let socket = null;
  let since = 0; // when this socket last showed any life
  let current = false; // whether this socket has sent its snapshot
  let heardAt = null; // when what is shown was last known to be the newest
  let failures = 0;
  let retry = null;

  const now = () => performance.now();
  const tell = () => changed(liveState({ open: current, heardAt, now: now() }));

  function open() {
    clearTimeout(retry);
    const own = new WebSocket(address);
    [socket, current, since] = [own, false, now()];
    own.onopen = () => own.send(JSON.stringify({ subscribe: channels }));
    own.onmessage = (event) => own === socket && take(JSON.parse(event.data));
    own.onclose = () => own === socket && lose();
  }

  function take(message) {
    since = now();
    failures = 0;
    if (message.type === "time") sample(message.now - Date.now());
    else hear(message);
    current = current || message.type === "snapshot";
    if (current) heardAt = since;
    tell();
  }

  // Of the last samples, the one that was under way shortest is nearest the truth.
  function sample(offset) {
    samples.push(offset);
    if (samples.length > 10) samples.shift();
  }

  function lose() {
    const own = socket;
    [socket, current] = [null, false];
    own.close();
    retry = setTimeout(open, backOff(failures, Math.random()));
    failures += 1;
    tell();
  }

  // A connection that says nothing is no connection.
  function watch() {
    if (socket && now() - since > QUIET_MS) lose();
    else tell();
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
    now: () => Date.now() + Math.max(...samples, samples.length ? -Infinity : 0),
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
