// A button that must be held for a second, as all that is dangerous.
import { element, say } from "./page.js";

const HOLD_MS = 1_000; // longer than any slip of a hand, shorter than a decision takes

// `aim()` says, when the holding begins, what `act` is to be done to.
export function held(label, act, { aim, ...attributes } = {}) {
  const button = element("button", { type: "button", class: "held", ...attributes }, label, element("small", {}, say("keys.hold")));
  let timer = null;
  const end = () => {
    clearTimeout(timer);
    timer = null;
    delete button.dataset.held;
  };
  const begin = () => {
    if (timer !== null) return;
    button.style.setProperty("--hold", `${HOLD_MS}ms`);
    button.dataset.held = "";
    const target = aim?.();
    timer = setTimeout(() => (end(), act(target)), HOLD_MS);
  };
  button.addEventListener("pointerdown", (event) => event.button === 0 && begin());
  button.addEventListener("keydown", (event) => event.code === "Enter" && !event.repeat && begin());
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  for (const kind of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) button.addEventListener(kind, end);
  return button;
}
