// Every button and form with data-act becomes an entry of the queue: explain, note, undo, finish, pause, call for help,
// split, and whatever is a tap on an address: decide a correction, come to a call, start an order.
import { enqueue } from "mw/queue";
import { current } from "mw/person";
import { toast } from "mw/toast";
import { say } from "mw/words";

const UNDO_MS = 8000;
const screen = () => document.querySelector("[data-station]")?.dataset ?? {};
const downtimeOf = (node) => node.closest("[data-downtime]")?.dataset.downtime || document.getElementById("reasons")?.dataset.downtime;
const noteNear = (node) => (node.closest("[data-downtime]") ?? document).querySelector("textarea[name=note], input[name=note]");

/** What each act asks of the server; answers nothing when there is nothing to act on. */
const wishes = {
  explain(node) {
    const id = downtimeOf(node), note = noteNear(node)?.value.trim();
    return id && { url: `/api/v1/downtimes/${id}/explain`, body: { reason: node.dataset.reason, ...(note ? { note } : {}) }, back: `/api/v1/downtimes/${id}/undo` };
  },
  note(node) {
    const id = downtimeOf(node), field = noteNear(node);
    return id && field?.value.trim() && { url: `/api/v1/downtimes/${id}/note`, body: { note: field.value.trim() }, empty: field };
  },
  finish: () => onOrder("finish"),
  pause: () => onOrder("pause"),
  /** An act that needs nothing but its address, and the version that was read where it matters. */
  tap: (node) => ({ url: node.dataset.url, body: node.dataset.version ? { version: Number(node.dataset.version) } : {} }),
  call: (node) => ({ url: node.dataset.url, body: { kind: node.dataset.kind } }),
  split(form) {
    return { url: form.dataset.url, body: { split_at: onDay(form.split_at.dataset.day, form.split_at.value) } };
  },
  merge: (node) => ({ url: node.dataset.url, body: { with: Number(node.dataset.with) } }),
};

function onOrder(move) {
  const id = document.getElementById("order")?.dataset.order;
  return id && { url: `/api/v1/production-orders/${id}/${move}`, body: {} };
}

/** The moment of a clock time on the stop's day, or the day after when the stop began later in the day. */
function onDay(start, time) {
  const [date, rest] = start.split("T"), zone = rest.match(/(Z|[+-]\d\d:\d\d)$/)[0];
  const moment = new Date(`${date}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  if (moment < new Date(start)) moment.setUTCDate(moment.getUTCDate() + 1);
  return moment.toISOString();
}

let asking;

/** The author of the next tap. On a terminal where nobody is here yet, asks first; the tap goes on afterwards (R9). */
export function author() {
  const here = current();
  if (here) return Promise.resolve(here);
  const dialog = document.getElementById("here");
  if (!dialog) return Promise.resolve({ pass: "", name: "", user: document.body.dataset.user ?? "" });
  asking ??= new Promise((done) => {
    const finish = (value) => { asking = undefined; dialog.removeEventListener("close", closed); document.body.removeEventListener("mw:person", came); done(value); };
    const came = ({ detail }) => { if (detail) finish(detail); };
    const closed = () => setTimeout(() => finish(current()), 50);
    dialog.addEventListener("close", closed);
    document.body.addEventListener("mw:person", came);
  });
  if (!dialog.open) dialog.showModal();
  return asking;
}

export async function act(node) {
  const wish = wishes[node.dataset.act]?.(node);
  if (!wish) return;
  node.dataset.pressed = "";
  const by = await author();
  delete node.dataset.pressed;
  if (!by) return;
  const what = node.dataset.what ?? "";
  await enqueue({ url: wish.url, body: wish.body, what, by, station: screen().station });
  if (wish.empty) wish.empty.value = "";
  node.closest("dialog:not(#drawer)")?.close();
  const undo = wish.back && (async () => {
    await enqueue({ url: wish.back, what: `${say("undo")}: ${what}`, by, station: screen().station });
  });
  toast(what, { undo, ms: UNDO_MS });
  document.body.dispatchEvent(new CustomEvent("mw:acted", { detail: { act: node.dataset.act, node, what }, bubbles: true }));
}

document.addEventListener("click", (event) => {
  const node = event.target.closest("button[data-act]");
  if (node) act(node);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-act]")) return;
  event.preventDefault();
  act(event.target);
});
document.body.addEventListener("mw:refused", ({ detail }) => {
  toast(`${detail.entry.what}: ${detail.refused.detail || say("refused")}`, { ms: UNDO_MS });
});
