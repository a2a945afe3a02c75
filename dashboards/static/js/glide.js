// Rows glide to their new place (FLIP): measure, change, and play the difference.
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function glide(rows, change) {
  if (still.matches || document.hidden) return change();
  const before = new Map(rows.map((row) => [row, row.getBoundingClientRect()]));
  change();
  const style = getComputedStyle(document.documentElement);
  const timing = {
    duration: parseFloat(style.getPropertyValue("--glide")),
    easing: style.getPropertyValue("--glide-curve").trim(),
  };
  for (const row of rows) for (const playing of row.getAnimations()) if (playing.id === "glide") playing.cancel();
  const moves = rows.map((row) => [row, before.get(row), row.getBoundingClientRect()]);
  for (const [row, from, to] of moves) play(row, from, to, timing);
}

function play(row, from, to, timing) {
  const [x, y] = [from.left - to.left, from.top - to.top];
  if (from.width === 0 || to.width === 0 || Math.abs(x) + Math.abs(y) < 1) return;
  const moving = row.animate(
    [{ transform: `translate(${x}px, ${y}px)`, zIndex: 1 }, { transform: "none", zIndex: 1 }],
    timing,
  );
  moving.id = "glide";
}
