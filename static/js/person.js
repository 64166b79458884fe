// Who is here: the person under whose name this terminal's taps go out.
const KEY = "mw.person";
const screen = () => document.querySelector("[data-station]")?.dataset ?? {};

/** {pass, name, user}, or nothing when nobody has said who they are. */
export function current() {
  const kept = sessionStorage.getItem(KEY);
  if (kept) return JSON.parse(kept);
  const { pass, passName } = { pass: screen().pass || document.body.dataset.pass, passName: screen().passName };
  if (pass) return { pass, name: passName ?? "", user: document.body.dataset.user ?? "" };
  // On a desk page the session itself is the person; on a terminal nobody is here until a badge or PIN says so.
  return screen().station === undefined && document.body.dataset.user
    ? { pass: "", name: "", user: document.body.dataset.user } : undefined;
}

export function arrive(answer) {
  sessionStorage.setItem(KEY, JSON.stringify({ pass: answer.pass, name: answer.person.name, user: String(answer.person.id) }));
  touched();
  changed();
}

export function leave() {
  sessionStorage.removeItem(KEY);
  changed();
}

const changed = () => document.body.dispatchEvent(new CustomEvent("mw:person", { detail: current(), bubbles: true }));

let last = Date.now();
export const touched = () => { last = Date.now(); };
for (const name of ["pointerdown", "keydown"]) addEventListener(name, touched, { capture: true, passive: true });
setInterval(() => {
  if (sessionStorage.getItem(KEY) && Date.now() - last > Number(screen().idle || 600) * 1000) leave();
}, 5000);
