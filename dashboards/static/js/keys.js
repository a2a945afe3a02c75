// Keys and buttons that do the same; what is dangerous is held, and shows how long it still must be.
const HOLD_MS = 1_000; // as that of a button (held.js)

// Whether what is typed belongs to a field.
const isTyping = (event) => event.target.matches?.("input, textarea, select");

// `controls`: [{button, code, act, hold()}]: `hold` says whether it must be held now. Returns nothing;
// it listens for as long as the page lives.
export function listen(controls) {
  const held = new Map(); // by control: its timer

  function begin(control) {
    if (held.has(control) || control.button.disabled) return;
    if (!control.hold?.()) {
      held.set(control, null);
      control.button.dataset.pressed = "";
      control.act();
      return;
    }
    control.button.style.setProperty("--hold", `${HOLD_MS}ms`);
    control.button.dataset.held = "";
    held.set(control, setTimeout(() => {
      delete control.button.dataset.held;
      control.act();
    }, HOLD_MS));
  }

  function end(control) {
    if (!held.has(control)) return;
    clearTimeout(held.get(control));
    held.delete(control);
    delete control.button.dataset.held;
    delete control.button.dataset.pressed;
  }

  // A key that has a meaning of its own keeps it also on a focused button; Enter presses that button.
  function controlOf(event) {
    const found = controls.find((control) => control.code === event.code);
    return found ?? (event.code === "Enter" ? controls.find((control) => control.button === event.target) : null);
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || (isTyping(event) && event.code !== "Escape")) return;
    const control = controlOf(event);
    if (!control) return;
    event.preventDefault();
    if (isTyping(event)) event.target.blur();
    else if (!event.repeat) begin(control);
  });
  addEventListener("keyup", (event) => {
    const control = controlOf(event);
    if (control) end(control);
    if (control && !isTyping(event)) event.preventDefault();
  });
  addEventListener("blur", () => controls.forEach(end));
  for (const control of controls) {
    control.button.addEventListener("pointerdown", (event) => event.button === 0 && begin(control));
    for (const kind of ["pointerup", "pointerleave", "pointercancel"]) control.button.addEventListener(kind, () => end(control));
    control.button.addEventListener("contextmenu", (event) => event.preventDefault());
  }
}
