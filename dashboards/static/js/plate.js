// A plate that a button opens over the desk; a click beside it, Escape or any key of the desk closes it.
const isField = (node) => node.matches?.("input, select, textarea");

// `opened()` fills it. Returns what closes it.
export function plate({ button, panel, opened }) {
  function turn(isOpen) {
    panel.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) opened();
  }
  const close = () => panel.hidden || turn(false);
  button.addEventListener("click", () => turn(panel.hidden));
  addEventListener("pointerdown", ({ target }) => panel.contains(target) || button.contains(target) || close());
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.contains(event.target)) button.focus();
    const isElsewhere = !isField(event.target) && !["Tab", "Enter", "Shift", "Control", "Alt", "Meta"].includes(event.key);
    if (event.key === "Escape" || isElsewhere) close();
  });
  return close;
}
