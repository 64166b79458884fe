// Every button and form with data-act becomes an entry of the queue: explain, note, undo, call for help, split, moves on
// the running operation, forms, and whatever is a tap on an address: decide a correction, come to a call, confirm.
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
  /** Pause, finish, join, take over: a move on the operation that is shown. */
  "on-operation"(node) {
    const id = document.getElementById("order")?.dataset.operation, { move, reason } = node.dataset;
    return id && { url: `/api/v1/machines/${screen().machine}/${move}`, body: { operation: Number(id), ...(reason ? { reason } : {}) } };
  },
  /** An act that needs nothing but its address and what stands with it, and the version that was read where it matters. */
  tap: ({ dataset: { url, body, version } }) => ({ url, body: { ...JSON.parse(body || "{}"), ...(version ? { version: Number(version) } : {}) } }),
  /** A form: its fields beside what stands with it; numbers are said back with their unit. */
  async send(form, submitter) {
    const { url, body: given, what, unit } = form.dataset, body = JSON.parse(given || "{}"), numbers = [];
    for (const [name, value] of new FormData(form, submitter)) {
      if (value.size ?? value) body[name] = value.size ? await photo(value) : value;
      if (value && form.elements[name].inputMode === "none") numbers.push(value);
    }
    return { url, body, what: numbers.length ? `${what}: ${numbers.join(" → ")} ${unit ?? ""}` : what };
  },
  call: (node) => ({ url: node.dataset.url, body: { kind: node.dataset.kind } }),
  split(form) {
    return { url: form.dataset.url, body: { split_at: onDay(form.split_at.dataset.day, form.split_at.value) } };
  },
  merge: (node) => ({ url: node.dataset.url, body: { with: Number(node.dataset.with) } }),
};

/** A picture small enough to be kept and sent. */
async function photo(file) {
  const picture = await createImageBitmap(file), { width, height } = picture, share = Math.min(1, 1600 / Math.max(width, height));
  const canvas = Object.assign(document.createElement("canvas"), { width: width * share, height: height * share });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.8);
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

export async function act(node, submitter) {
  const wish = await wishes[node.dataset.act]?.(node, submitter);
  if (!wish) return;
  node.dataset.pressed = "";
  const by = await author();
  delete node.dataset.pressed;
  if (!by) return;
  const what = wish.what ?? node.dataset.what ?? "";
  await enqueue({ url: wish.url, body: wish.body, what, by, station: screen().station });
  if (wish.empty) wish.empty.value = "";
  node.closest("dialog:not(#drawer, [data-stay])")?.close();
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
  act(event.target, event.submitter);
});
document.body.addEventListener("mw:refused", ({ detail }) => {
  toast(`${detail.entry.what}: ${detail.refused.detail || say("refused")}`, { ms: UNDO_MS });
});
