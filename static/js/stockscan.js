// The scan page of the store. The server says what a scan means and what comes next; this script carries scans and
// taps to it, types quantities, and hands the finished act to the queue, which keeps it until the server says yes.
import { drop, enqueue } from "mw/queue";
import { current } from "mw/person";
import { toast } from "mw/toast";
import { say } from "mw/words";

const UNDO_MS = 8000, ANSWER_MS = 8000, KEPT_MS = 4000;
const byId = (id) => document.getElementById(id);
const root = byId("scan"), said = root.dataset, done = byId("scan-done");
const panel = () => byId("scan-panel");

// --- asking the server what comes next

const state = () => {
  const given = new URLSearchParams(new FormData(panel()));
  given.delete("code");
  for (const [name, value] of [...given]) if (!value) given.delete(name);
  return given;
};

let asking = 0;

/** Ask for the panel with some things changed; what is on the screen stays if the server does not answer. */
async function ask(changes, from = state()) {
  for (const [name, value] of Object.entries(changes)) {
    if (value) from.set(name, value);
    else from.delete(name);
  }
  const turn = ++asking;
  panel().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${said.panel}?${from}`, { credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.redirected || answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    // Of two scans in a row only the later answer counts: it was asked with what the first one had not changed yet.
    if (turn === asking) show(text);
  } catch (unreachable) {
    if (turn === asking) refuse(said.saidUnreachable, changes.code);
  } finally {
    panel().removeAttribute("aria-busy");
  }
}

function show(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("scan-panel");
  panel().replaceWith(fresh);
  keep();
  showQuantity();
  const unknown = byId("scan-answer").classList.contains("unknown");
  if (byId("scan-answer").querySelector(".code-read:not([data-waits])")) navigator.vibrate?.(unknown ? [120, 80, 120] : 40);
  panel().querySelector(".scan-slots .current")?.scrollIntoView({ block: "nearest" });
}

/** What is known stands in the address: a reload loses nothing. */
const keep = () => history.replaceState(null, "", `${said.page}?${state()}`);

function refuse(sentence, read = "") {
  const line = byId("scan-answer").querySelector("[data-part=refused]");
  byId("scan-answer").classList.add("unknown");
  line.textContent = read ? `${say("read", { code: read.replaceAll("\u001d", "|") })} · ${sentence}` : sentence;
  line.hidden = false;
  navigator.vibrate?.([120, 80, 120]);
}

// --- scans: one after the other, so that a quick hand cannot overtake the server

let turns = Promise.resolve();
const inTurn = (work) => { turns = turns.then(work, work); };

function read({ code, asUs = "" }) {
  const word = code.trim().toUpperCase(), us = asUs.trim().toUpperCase();
  if ([word, us].includes(said.confirmCode)) return confirmAct();
  if ([word, us].includes(said.undoCode)) return takeBack();
  return ask({ code, as_us: asUs });
}
document.body.addEventListener("mw:scan", ({ detail }) => inTurn(() => read(detail)));
document.addEventListener("submit", (event) => {
  if (event.target !== panel()) return;
  event.preventDefault();
  const code = byId("code").value.trim();
  if (code) inTurn(() => read({ code }));
});

// --- the keypad: comma and point are the same, and what was typed is shown with its unit

const field = () => byId("scan-quantity");
const typed = () => field()?.value.replace(",", ".") ?? "";
const isQuantity = (text) => /^\d{1,12}(\.\d{0,6})?$/.test(text) && /[1-9]/.test(text);

function press(key) {
  const before = field().value;
  let after = before;
  if (key === "back") after = before.slice(0, -1);
  else if (key === "," || key === ".") after = /[.,]/.test(before) ? before : `${before || "0"}${decimalSign()}`;
  else after = before === "0" ? key : before + key;
  if (after && !/^\d{1,12}([.,]\d{0,6})?$/.test(after)) return;
  field().value = after;
  showQuantity();
  keep();
}
const decimalSign = () => panel().querySelector("[data-key=',']")?.textContent.trim() || ".";

/** Exact: digits are multiplied as whole numbers. */
function times(left, right) {
  const places = (text) => (text.split(".")[1] ?? "").length, whole = (text) => BigInt(text.replace(".", "") || "0");
  const digits = places(left) + places(right), product = (whole(left) * whole(right)).toString().padStart(digits + 1, "0");
  const point = product.length - digits;
  return digits ? `${product.slice(0, point)}.${product.slice(point)}`.replace(/\.?0+$/, "") : product;
}
const shown = (text) => text.replace(".", decimalSign());

function showQuantity() {
  const output = byId("scan-typed"), button = byId("confirm");
  const unit = byId("scan-unit-code")?.value ?? "", factor = panel().querySelector(`[data-unit="${CSS.escape(unit)}"]`)?.dataset.factor ?? "1";
  if (output) {
    output.textContent = shown(typed()) || "0";
    const base = byId("scan-base");
    base.textContent = factor !== "1" && isQuantity(typed()) ? `= ${shown(times(typed(), factor))} ${base.dataset.base}` : "";
  }
  const told = byId("confirm-quantity");
  if (told) told.textContent = button.dataset.counts !== undefined && isQuantity(typed()) ? `${shown(typed())} ${unit}` : "";
}

addEventListener("keydown", (event) => {
  if (!byId("scan-typed") || event.target.matches("input, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Backspace") press("back");
});
// Digits wait until they are surely no scan: the listener of scans tells single keys.
document.body.addEventListener("mw:key", ({ detail }) => { if (byId("scan-typed") && /^[\d.,]$/.test(detail)) press(detail); });

// --- taps

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  const key = on("#scan-panel [data-key]"), command = on("[data-scan]"), set = on("[data-set]"), slot = on("[data-drop]"), unit = on("[data-unit]"), reason = on("[data-reason]");
  if (key) press(key.dataset.key);
  else if (command) inTurn(() => read({ code: command.dataset.scan }));
  else if (set) inTurn(() => ask(Object.fromEntries(new URLSearchParams(set.dataset.set))));
  else if (slot) inTurn(() => ask(slot.dataset.drop === "item" ? { item: "", lot: "", lot_number: "", quantity: "", unit: "" } : { [slot.dataset.drop]: "", whole: "" }));
  else if (unit) chooseUnit(unit);
  else if (reason) { byId("reason").value = reason.dataset.reason; keep(); }
  else if (on("[data-leave-act]")) inTurn(() => ask({}, new URLSearchParams()));
  else if (on("button[data-again]")) inTurn(() => ask({}, new URLSearchParams({ act: state().get("act") ?? "" })));
  else if (on("[data-confirm]")) confirmAct();
  else if (on("[data-take-back]")) takeBack();
});

function chooseUnit(button) {
  byId("scan-unit-code").value = byId("scan-unit").textContent = button.dataset.unit;
  for (const one of panel().querySelectorAll("[data-unit]")) one.setAttribute("aria-pressed", String(one === button));
  showQuantity();
  keep();
}
document.addEventListener("change", (event) => { if (event.target.closest("#scan-panel")) keep(); });

// --- the act

let sending, last, ticking;

/** Hand the act to the queue, once: a second tap finds the first one under way. */
async function confirmAct() {
  const button = byId("confirm");
  if (sending) return;
  if (!button || button.disabled) return refuse(said.saidMissing);
  const body = JSON.parse(button.dataset.body);
  if (button.dataset.counts !== undefined && !isQuantity(typed())) return refuse(said.saidQuantity);
  if (button.dataset.counts !== undefined) Object.assign(body, { quantity: typed(), unit: byId("scan-unit-code").value });
  if (button.dataset.one !== undefined) body.quantity = "1";
  for (const input of panel().querySelectorAll("input[data-body]")) {
    if (input.required && !input.value.trim()) { input.focus(); return refuse(said.saidReason); }
    if (input.value.trim()) body[input.dataset.body] = input.value.trim();
  }
  const what = button.dataset.done.replace("{quantity}", shown(body.quantity ?? "")).replace("{unit}", body.unit ?? "").replace(/\s+/g, " ");
  const { backUrl, backBody } = button.dataset;
  sending = { what, kept: state(), back: backUrl && { url: backUrl, body: JSON.parse(backBody) } };
  button.disabled = true;
  button.dataset.pressed = "";
  try {
    sending.n = (await enqueue({ url: button.dataset.url, body, what, by: current() })).n;
  } catch (full) {
    ended();
    return refuse(String(full.message || full));
  }
  // Without an answer it goes on: the entry is on this device's disk and leaves by itself.
  sending.later = setTimeout(() => { toast(said.saidKept, { ms: 6000 }); finished(undefined, what); }, KEPT_MS);
}

function ended() {
  clearTimeout(sending?.later);
  sending = undefined;
  const button = byId("confirm");
  if (button) { button.disabled = false; delete button.dataset.pressed; }
}

function finished(answer, what) {
  const { kept, back } = sending;
  ended();
  const button = byId("confirm");
  if (button) button.disabled = true;
  navigator.vibrate?.(40);
  // A move has its counter-move; what booked nothing is done the other way round.
  const correct = answer?.recorded_at && { url: `/api/v1/stock-moves/${answer.id}/correct` };
  if (answer) offerUndo(back || correct, what);
  inTurn(() => ask({ next: "yes" }, kept));
}

const mine = (entry) => sending && (sending.n === undefined || entry.n === sending.n) && entry.what === sending.what;
document.body.addEventListener("mw:sent", ({ detail }) => {
  if (mine(detail.entry)) finished(detail.answer, sending.what);
});
document.body.addEventListener("mw:refused", ({ detail }) => {
  if (!mine(detail.entry)) return;
  // Still in the hand of whoever tapped: it goes back on the screen instead of into the list of what needs attention.
  drop(detail.entry.n);
  ended();
  refuse(detail.refused.detail || say("refused"));
});

// --- taking back, for eight seconds

function offerUndo(way, what) {
  last = { ...way, what, until: Date.now() + UNDO_MS };
  done.querySelector("[data-part=what]").textContent = what;
  done.querySelector("[data-take-back]").hidden = !way;
  done.hidden = false;
  clearInterval(ticking);
  const tick = () => {
    const left = Math.ceil(((last?.until ?? 0) - Date.now()) / 1000);
    if (left > 0) done.querySelector("[data-part=left]").textContent = left;
    else endUndo();
  };
  tick();
  ticking = setInterval(tick, 250);
}

function endUndo() {
  clearInterval(ticking);
  last = undefined;
  done.hidden = true;
}

async function takeBack() {
  if (!last?.url) return refuse(said.saidNothing);
  const { url, body, what } = last;
  endUndo();
  await enqueue({ url, body, what: said.saidUndone.replace("{what}", what), by: current() });
  toast(said.saidUndone.replace("{what}", what), { ms: 5000 });
}

showQuantity();
