// One tap, an instant mark, and then "counted" once the log has it. Without this the form works as it is.
const form = one("#ballot");
const [FIRST_WAIT_MS, LONGEST_WAIT_MS, ANSWER_MS] = [1500, 30000, 15000];
const said = one("#said");
let wanted = null, counted = null, busy = false, hurry = null;

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !window.fetch) return;
  event.preventDefault();
  wanted = button.value;
  counted = null;
  mark(button);
  tell(say("sending"));
  if (hurry) hurry();
  if (!busy) send();
});
addEventListener("online", () => hurry && hurry());
if (form.classList.contains("counted")) remember(form.round.value, form.unit.value);

function mark(chosen) {
  form.classList.remove("counted");
  for (const each of form.querySelectorAll("button")) {
    each.classList.toggle("chosen", each === chosen);
    each.setAttribute("aria-pressed", each === chosen);
  }
}

function tell(text, isProblem = false) {
  said.textContent = text;
  said.classList.toggle("problem", isProblem);
}

// One ballot is under way at a time; of several taps the last one is sent.
async function send() {
  busy = true;
  for (let wait = FIRST_WAIT_MS; wanted !== counted; ) {
    const choice = wanted;
    const answer = await post(choice);
    if (choice !== wanted) continue;
    if (answer.receipt) accept(choice, answer.receipt);
    else if (answer.final) {
      mark(null);
      tell(say(answer.final), true);
      break;
    } else {
      tell(say(answer.why || "retrying"), true);
      await pause(Math.max(wait, answer.after || 0));
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  }
  busy = false;
}

async function post(choice) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ANSWER_MS);
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ round: form.round.value, unit: form.unit.value, choice }),
      signal: abort.signal,
    });
    const answer = await response.json();
    if (response.ok) return answer;
    const reason = `error.${answer.error.reason}`;
    const after = 1000 * Number(response.headers.get("retry-after"));
    if (response.status === 429) return { why: "error.too_many_ballots", after };
    if (response.status >= 500) return { after };
    return { final: reason in words ? reason : "error.bad_form" };
  } catch {
    return {};
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    hurry = () => { clearTimeout(timer); done(); };
  }).then(() => { hurry = null; });
}

function accept(choice, receipt) {
  counted = choice;
  remember(form.round.value, form.unit.value);
  form.classList.add("counted");
  tell("");
  const head = document.createElement("b");
  head.append(tick(), say("counted"));
  const notes = [say("receipt", { receipt: receipt.match(/.{1,4}/g).join("-") }), say("change")].map((text) => {
    const note = document.createElement("small");
    note.textContent = text;
    return note;
  });
  said.append(head, ...notes);
}
