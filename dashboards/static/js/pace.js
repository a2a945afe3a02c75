// When an edition of a board is drawn: at the next frame, so that a screen that cannot keep up skips
// some and never lags behind. But rows that have just moved rest a while before any of them moves
// again, and nothing is shown meanwhile of an edition that would move them: what is on the screen is
// always one whole edition, in its own order.
const REST_MS = 1_200; // docs/screens.md: the eye needs it to see who passed whom

export function paced(draw) {
  let edition = null;
  let drawn = null; // the order of the rows on the screen
  let movedAt = -Infinity;
  let frame = null;
  let rested = null;

  function request() {
    if (frame === null) frame = requestAnimationFrame(attempt);
  }

  function attempt() {
    frame = null;
    clearTimeout(rested);
    if (!edition) return;
    const order = edition.rows.map((row) => `${row.unit} ${row.status}`).join();
    const rest = order === drawn ? 0 : movedAt + REST_MS - performance.now();
    if (rest > 0) {
      rested = setTimeout(request, rest);
      return;
    }
    draw(edition);
    if (order !== drawn) [drawn, movedAt] = [order, performance.now()];
  }

  return {
    put(next) {
      edition = next;
      request();
    },
    forget() {
      [edition, drawn, movedAt] = [null, null, -Infinity];
    },
  };
}
