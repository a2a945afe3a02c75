// What both kinds of vote page share; the gateway sends it inside the page, in one strict block with its part.
const one = (selector) => document.querySelector(selector);
const words = JSON.parse(one("#words").textContent);
const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

for (const time of document.querySelectorAll("time")) {
  const at = new Date(time.dateTime).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  time.textContent = say("closes", { time: at });
  time.hidden = false;
}

// Which units this phone has voted on, never how: kept on the phone only.
const remembered = (round) => { try { return JSON.parse(localStorage.getItem(`voted:${round}`)) || []; } catch { return []; } };
const remember = (round, unit) => {
  try { localStorage.setItem(`voted:${round}`, JSON.stringify([...new Set([...remembered(round), unit])])); } catch { /* a private window */ }
};

const tick = () => {
  const mark = document.createElement("i");
  mark.className = "tick";
  return mark;
};
