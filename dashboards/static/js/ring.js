// The frame round the clock: it empties clockwise from the middle above, by bars that only scale. What is
// scaled is not drawn anew, so that it costs next to nothing ten times a second.
export function ring(node) {
  const parts = [...node.children];
  let lengths = [];
  let shown = null;

  new ResizeObserver(() => {
    lengths = parts.map((part) => Math.max(part.offsetWidth, part.offsetHeight));
    if (shown !== null) draw(shown);
  }).observe(node);

  // `share` is what is left, from 0 to 1.
  function draw(share) {
    shown = share;
    let gone = (1 - share) * lengths.reduce((sum, length) => sum + length, 0);
    parts.forEach((part, place) => {
      const length = lengths[place];
      turn(part, length ? Math.min(1, Math.max(0, 1 - gone / length)) : 1);
      gone -= length;
    });
  }

  return draw;
}

function turn(part, left) {
  if (part.classList.contains("corner")) return part.toggleAttribute("data-gone", left < 0.5);
  const axis = part.classList.contains("n") || part.classList.contains("s") ? "X" : "Y";
  const scaled = `scale${axis}(${left.toFixed(4)})`;
  if (part.dataset.scaled === scaled) return;
  part.dataset.scaled = scaled;
  part.style.transform = scaled;
}
