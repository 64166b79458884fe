// Who is here: a name and a PIN that sends itself at the last digit, or a badge read from anywhere on the page.
import { arrive, current, leave } from "mw/person";
import { toast } from "mw/toast";
import { say } from "mw/words";

const panel = document.querySelector("[data-here]");
const part = (name) => panel.querySelector(`[data-part=${name}]`);
const step = (name) => { for (const node of panel.querySelectorAll("[data-step]")) node.hidden = node.dataset.step !== name; };
const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1] ?? "";

let person, pin = "", busy = false;

async function ask(body) {
  try {
    const answer = await fetch(panel.dataset.url, {
      method: "POST", credentials: "same-origin", signal: AbortSignal.timeout(8000),
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookie("csrftoken") },
      body: JSON.stringify(body),
    });
    const told = await answer.json().catch(() => ({}));
    return answer.ok ? { person: told } : { why: told.detail || say("refused"), status: answer.status };
  } catch (unreachable) {
    return { why: say("unreachable"), status: 0 };
  }
}

function came(answer) {
  arrive(answer);
  back();
  panel.closest("dialog")?.close();
  toast(answer.person.name, { ms: 3000 });
  if (panel.dataset.next) location.assign(panel.dataset.next);
}

/** A scanned badge. What the scanner would mean on a US keyboard is tried when the first reading is unknown. */
export async function badge({ code, asUs }) {
  toast(say("read", { code }), { kind: "scan", ms: 3000 });
  let answer = await ask({ badge: code });
  if (!answer.person && answer.status !== 0 && asUs) {
    answer = await ask({ badge: asUs });
    if (answer.person) toast(say("layout", { code: asUs }), { ms: 6000 });
  }
  if (answer.person) came(answer.person);
  else toast(answer.status ? say("unknown", { code }) : answer.why, { kind: "scan", ms: 6000 });
}

function back() {
  person = undefined;
  pin = "";
  step("names");
}

/** The person leaves; the server forgets the name too as soon as it can be told. */
function goAway() {
  leave();
  panel.closest("dialog")?.close();
  fetch(panel.dataset.url, { method: "DELETE", credentials: "same-origin", headers: { "X-CSRFToken": cookie("csrftoken") } }).catch(() => {});
}

function dots() {
  const length = Number(panel.dataset.pinLength);
  part("dots").replaceChildren(...Array.from({ length }, (_, i) => Object.assign(document.createElement("i"), { className: i < pin.length ? "on" : "" })));
}

function chooseName({ person: id, name }) {
  person = Number(id);
  pin = "";
  part("name").textContent = name;
  part("error").hidden = true;
  dots();
  step("pin");
}

async function press(key) {
  if (busy) return;
  if (key === "cancel") return back();
  part("error").hidden = true;
  pin = key === "back" ? pin.slice(0, -1) : pin + key;
  dots();
  if (pin.length < Number(panel.dataset.pinLength)) return;
  busy = true;
  const answer = await ask({ person, pin });
  busy = false;
  pin = "";
  dots();
  if (answer.person) return came(answer.person);
  part("error").hidden = false;
  part("error").textContent = answer.why;
}

panel?.addEventListener("click", (event) => {
  const name = event.target.closest("[data-person]"), key = event.target.closest("[data-key]"), all = event.target.closest("[data-all-names]");
  if (name) chooseName(name.dataset);
  if (key) press(key.dataset.key);
  if (all) {
    const others = panel.querySelector("[data-others]");
    others.hidden = !others.hidden;
    all.setAttribute("aria-expanded", String(!others.hidden));
  }
  if (event.target.closest("[data-leave]")) goAway();
});
addEventListener("keydown", (event) => {
  if (!panel || panel.querySelector("[data-step=pin]").hidden || !panel.checkVisibility()) return;
  if (/^\d$/.test(event.key)) press(event.key);
  if (event.key === "Backspace") press("back");
});

function showPerson() {
  const here = current(), label = document.getElementById("who"), way = panel?.querySelector("[data-leave]");
  if (label) label.textContent = here?.name || label.dataset.nobody;
  if (way) way.hidden = !here?.pass;
}
document.body.addEventListener("mw:person", showPerson);
showPerson();
if (!document.querySelector(".station-screen")) document.body.addEventListener("mw:scan", ({ detail }) => badge(detail));
