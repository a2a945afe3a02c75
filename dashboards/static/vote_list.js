// Finds units by what is typed, and marks those that this phone has voted on.
const find = one("#find");
const links = [...document.querySelectorAll("[data-unit]")];
const voted = find ? remembered(one("#units").dataset.round) : [];
for (const link of links.filter((each) => voted.includes(each.dataset.unit))) {
  const mark = document.createElement("em");
  mark.append(tick(), say("done"));
  link.append(mark);
}
if (find) {
  find.hidden = false;
  find.addEventListener("input", narrow);
}

function narrow() {
  const sought = find.value.normalize("NFKC").trim().toLowerCase();
  for (const link of links) link.parentNode.hidden = !link.dataset.find.includes(sought);
  for (const group of document.querySelectorAll("section")) group.hidden = !group.querySelector("li:not([hidden])");
  one("#nothing").hidden = Boolean(one("section:not([hidden])"));
}
