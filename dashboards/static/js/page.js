// What the server told this page, and its words.
export const facts = JSON.parse(document.getElementById("page").textContent);

const locale = facts.lang === "zh" ? "zh-CN" : "en-GB";
const whole = new Intl.NumberFormat(locale);
const toTheMinute = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clock = new Intl.DateTimeFormat(locale, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short",
});

export function say(key, values = {}) {
  return facts.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Text that is in one or both languages.
export function said(text) {
  return (facts.lang === "en" ? text.en || text.zh : text.zh || text.en) || "";
}

export const number = (value) => whole.format(value);
export const hundredths = (value) => (value / 100).toFixed(2);

// A time of day with its zone: 21:04:31 GMT+8.
export function time(at) {
  const parts = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts.hour}:${parts.minute}:${parts.second} ${parts.timeZoneName}`;
}

// A board's number: which life of the log, and how far into it.
export function position(seq) {
  const life = Math.floor(seq / 2 ** 40);
  return `${life} · ${number(seq - life * 2 ** 40)}`;
}

// A time of day to the minute.
export const minute = (at) => toTheMinute.format(at);

// So many minutes in words: hours from 100 on, days from three on.
export function minutes(count) {
  if (count < 100) return say("span.minutes", { n: count });
  if (count < 3 * 1_440) return say("span.hours", { n: Math.round(count / 60) });
  return say("span.days", { n: Math.round(count / 1_440) });
}

export function age(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 100) return say("live.seconds", { n: seconds });
  if (seconds < 5400) return say("live.minutes", { n: Math.round(seconds / 60) });
  return say("live.hours", { n: Math.round(seconds / 3600) });
}

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Says of the whole page what only differs now and then.
export function mark(name, value) {
  if (document.body.dataset[name] !== value) document.body.dataset[name] = value;
}

// Writes only what differs, so that a quiet board costs nothing and assistive software hears nothing.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
