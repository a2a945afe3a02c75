// The page of slides that the hall sees now, on a screen that needs no token for it.
const AGAIN_MS = 300; // the console may hear of a turn a little later than this screen
const LATER_MS = 5_000; // and slides may be uploaded late

// `changed()` is called when there is another picture to be shown, or none any more.
export function liveSlide(image, changed) {
  let shown = ""; // whose page the picture is
  let wanted = "";
  let again = null;

  // What is on now, by the session; nothing while it is not to be shown here.
  function follow(session, isWanted) {
    const slot = isWanted && session.slot ? session.slots.find((each) => each.id === session.slot) : null;
    const next = slot && slot.kind !== "break" ? `${encodeURIComponent(slot.id)}/deck/${slot.page ?? 1}` : "";
    if (next === wanted) return;
    if (slotOf(next) !== slotOf(shown)) put("", "");
    wanted = next;
    if (wanted) ask(wanted);
  }

  async function ask(page) {
    clearTimeout(again);
    let wait = LATER_MS;
    try {
      const answer = await fetch(`/api/slots/${page}/live`);
      if (page !== wanted) return;
      if (answer.ok) return put(page, URL.createObjectURL(await answer.blob()));
      if ((await answer.json()).error?.reason === "not_on_air") wait = AGAIN_MS;
    } catch { /* asked again */ }
    if (page === wanted) again = setTimeout(() => page === wanted && ask(page), wait);
  }

  function put(page, picture) {
    if (picture && page !== wanted) return URL.revokeObjectURL(picture);
    if (image.src) URL.revokeObjectURL(image.src);
    if (picture) image.src = picture;
    else image.removeAttribute("src");
    shown = page;
    changed();
  }

  return { follow, isThere: () => shown !== "" };
}

const slotOf = (page) => page.split("/")[0];
