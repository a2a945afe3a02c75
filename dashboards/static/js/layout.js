// How a board fits a screen: a pure rule. All lengths in 1/1920 of a 16:9 screen's width.
const ROW = { least: 38, most: 180 }; // what is read from the last row of a hall; and five rows that do not look lost
const COLUMN_HEAD = 40; // one line of the smallest text, and its space
const APART_HEAD = 46; // as a column's, with a line above it
const APART_ROW = { least: 44, most: 76 }; // smaller than a ranked row: what is not ranked is not what the hall looks at
const GAP = 22; // half a row between what is ranked and what is not

// `ranked` and `apart`: how many units; `height`: the room for both; `most`: ranked units a page.
export function arrange({ ranked, apart, height, most = Infinity }) {
  const aside = arrangeApart(ranked, apart, height);
  const room = height - aside.height - (ranked ? COLUMN_HEAD : 0);
  const wanted = Math.min(ranked, most);
  const columns = wanted <= 6 || room / wanted >= 60 ? 1 : 2;
  const fit = Math.min(most, Math.max(1, Math.floor(room / ROW.least)) * columns);
  const pages = Math.max(1, Math.ceil(ranked / fit));
  const perPage = Math.ceil(ranked / pages);
  const rows = Math.max(1, Math.ceil(perPage / columns));
  const row = Math.min(ROW.most, room / rows);
  return { columns, pages, perPage, rows, row, apartColumns: aside.columns, apartRow: aside.row };
}

function arrangeApart(ranked, apart, height) {
  if (!apart) return { columns: 1, row: 0, height: 0 };
  const columns = apart <= 3 && !ranked ? 1 : apart <= 8 && !ranked ? 2 : ranked ? 4 : 3;
  const lines = Math.ceil(apart / columns);
  const room = (ranked ? height / 2 : height) - APART_HEAD;
  const row = Math.min(ranked ? APART_ROW.least : APART_ROW.most, room / lines);
  return { columns, row, height: APART_HEAD + lines * row + (ranked ? GAP : 0) };
}

// The axis of the intervals: at most five round marks, evenly apart, that hold them all.
export function axis(intervals) {
  const low = Math.min(7_000, ...intervals.map(([from]) => from));
  const high = Math.max(8_000, ...intervals.map(([, to]) => to));
  for (const step of [1_000, 2_000, 2_500]) {
    const [from, to] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
    const steps = (to - from) / step;
    if (steps <= 4) return { from, to, marks: Array.from({ length: steps + 1 }, (_, n) => from + n * step) };
  }
}
