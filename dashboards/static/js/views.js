// Which page shows the view that an operator points a screen at, and the way there and back.
const PAGES = {
  stage: { clock: "stage", slides: "stage", board: "board" },
  slides: { clock: "stage", slides: "slides", board: "board" },
  board: { clock: "stage", slides: "stage", board: "board" },
};
const OWN = { stage: "clock", slides: "slides", board: "board" };

// The page for a view of a screen whose own page is `home`, and that is on `here` now.
export function pageOf(home, view, hasGroups) {
  const wanted = view === "board" && !hasGroups ? OWN[home] : view ?? OWN[home];
  return PAGES[home][wanted] ?? home;
}

// Leaves for the page that shows what was told, and takes the screen's name along; whether it left.
export function leave(here, { told, name }, session) {
  const query = new URLSearchParams(location.search);
  const home = query.get("home") in PAGES ? query.get("home") : here;
  const there = pageOf(home, told, session.groups.length > 0);
  if (there === here) return false;
  query.set("screen", name);
  if (there === home) query.delete("home");
  else query.set("home", home);
  if (there === "board" && home !== "board") query.set("board", `presentations:${groupOf(session)}`);
  else if (home !== "board") query.delete("board");
  location.replace(`/${there}?${query}`);
  return true;
}

const groupOf = ({ groups }) => ([...groups].reverse().find((each) => each.rows_revealed) ?? groups[0]).id;
