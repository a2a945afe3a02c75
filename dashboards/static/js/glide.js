// Rows glide to their new place (FLIP): measure, change, and play the difference.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const gliding = new Map(); // by row: the animation under way

export function glide(rows, change) {
  if (still.matches || document.hidden) return change();
  const before = rows.map((row) => row.getBoundingClientRect());
  change();
  for (const [row, playing] of gliding) {
    playing.cancel();
    gliding.delete(row);
  }
  const after = rows.map((row) => row.getBoundingClientRect());
  rows.forEach((row, index) => play(row, before[index], after[index]));
}

function play(row, from, to) {
  const [x, y] = [from.left - to.left, from.top - to.top];
  if (from.width === 0 || to.width === 0 || Math.abs(x) + Math.abs(y) < 1) return;
  const style = getComputedStyle(document.documentElement);
  const playing = row.animate(
    [{ transform: `translate(${x}px, ${y}px)`, zIndex: 1 }, { transform: "none", zIndex: 1 }],
    { duration: parseFloat(style.getPropertyValue("--glide")), easing: style.getPropertyValue("--glide-curve").trim() },
  );
  playing.id = "glide";
  playing.onfinish = () => gliding.delete(row);
  gliding.set(row, playing);
}
