// The formula's criteria on an evaluator's paper: each with a large number, a slider, and one more or less.
import { element, said, say, write } from "./page.js";

// `changed()` is called when a mark was set by hand.
export function criteria(form, list, changed) {
  const marks = new Map(); // by criterion
  const lines = list.map(line);
  form.replaceChildren(...lines.map((each) => each.node));
  form.onsubmit = (event) => event.preventDefault();

  function line(criterion) {
    const name = criterion.title ? said(criterion.title) : criterion.id;
    const slider = element("input", { type: "range", min: 0, max: criterion.max, step: 1, value: 0, "aria-label": name });
    const value = element("output", {}, "–");
    const less = element("button", { type: "button", "aria-label": say("judge.less", { name }) }, "−");
    const more = element("button", { type: "button", "aria-label": say("judge.more", { name }) }, "+");
    const set = (mark) => {
      marks.set(criterion.id, Math.min(criterion.max, Math.max(0, mark)));
      paint(false);
      changed();
    };
    slider.addEventListener("input", () => set(Number(slider.value)));
    less.addEventListener("click", () => set((marks.get(criterion.id) ?? 1) - 1));
    more.addEventListener("click", () => set((marks.get(criterion.id) ?? -1) + 1));
    const paint = (locked) => {
      const mark = marks.get(criterion.id);
      write(value, mark === undefined ? "–" : String(mark));
      slider.value = mark ?? 0;
      slider.style.setProperty("--share", (mark ?? 0) / criterion.max);
      node.dataset.set = String(mark !== undefined);
      slider.disabled = locked;
      less.disabled = locked || mark === 0;
      more.disabled = locked || mark === criterion.max;
    };
    const node = element("fieldset", {}, element("legend", {}, name),
      element("p", { class: "value" }, value, element("span", {}, ` / ${criterion.max}`)),
      element("div", { class: "set" }, less, slider, more));
    return { id: criterion.id, node, paint, isHeld: () => slider.matches(":active") };
  }

  // What the console or the outbox has; what is under the thumb now is left alone.
  function draw(held, locked) {
    for (const each of lines) {
      if (each.isHeld()) continue;
      if (held[each.id] !== undefined) marks.set(each.id, held[each.id]);
      each.paint(locked);
    }
  }

  return {
    draw,
    marks: () => Object.fromEntries(marks),
    isWhole: () => list.length > 0 && list.every((criterion) => marks.has(criterion.id)),
    total: () => [...marks.values()].reduce((sum, mark) => sum + mark, 0),
  };
}
