// Rows glide to their new place (FLIP): measure, change, and play the difference.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const gliding = new Map(); // by row: the animation under way

export function glide(rows, change) {
  if (still.matches || document.hidden) return change();
  const before = rows.map((row) => row.getBoundingClientRect());
  change();
  for (const playing of gliding.values()) playing.cancel();
  const after = rows.map((row) => row.getBoundingClientRect());
  rows.forEach((row, index) => play(row, before[index], after[index]));
}

function play(row, from, to) {
  const [x, y] = [from.left - to.left, from.top - to.top];
  if (from.width === 0 || to.width === 0 || Math.abs(x) + Math.abs(y) < 1) return;
  const style = getComputedStyle(document.documentElement);
  const rising = y > 0 ? 2 : 1;
  const playing = row.animate(
    [{ transform: `translate(${x}px, ${y}px)`, zIndex: rising }, { transform: "none", zIndex: rising }],
    { duration: parseFloat(style.getPropertyValue("--glide")), easing: style.getPropertyValue("--glide-curve").trim() },
  );
  playing.id = "glide";
  playing.onfinish = playing.oncancel = () => land(row, playing);
  gliding.set(row, playing);
  row.classList.add("gliding");
}

function land(row, playing) {
  if (gliding.get(row) !== playing) return;
  gliding.delete(row);
  row.classList.remove("gliding");
}
