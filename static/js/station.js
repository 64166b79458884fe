// The operator's screen: scrap in groups, badge at any time, and a view for the eye three metres away.
import "mw/acts";
import { author } from "mw/acts";
import { badge } from "mw/here";
import "mw/glance";
import { amend, enqueue, withdraw } from "mw/queue";
import { toast } from "mw/toast";
import { number, say } from "mw/words";

const GROUP_MS = 8000;
const byId = (id) => document.getElementById(id);
const screen = document.querySelector("[data-station]").dataset;
const refetch = () => document.body.dispatchEvent(new CustomEvent(`mw:${screen.station}`));

// --- scrap: taps within 8 s of each other are one entry, which may get a reason before it goes

let group, closing;

async function scrap(button) {
  const by = await author();
  if (!by) return;
  const until = Date.now() + GROUP_MS;
  const raised = group && (await amend(group.n, (entry) => ({ ...entry, hold_until: until, what: say("scrap", { n: entry.body.quantity + 1 }), body: { ...entry.body, quantity: entry.body.quantity + 1 } })));
  group = raised ?? (await enqueue({ url: button.dataset.url, body: { kind: "scrap", quantity: 1 }, what: say("scrap", { n: 1 }), by, station: screen.station, hold: GROUP_MS, entry: true }));
  showGroup();
}

function showGroup() {
  const strip = byId("scrap-strip");
  clearTimeout(closing);
  strip.hidden = !group;
  if (!group) return;
  strip.querySelector("[data-part=count]").textContent = say("scrap", { n: number(group.body.quantity) });
  for (const button of strip.querySelectorAll("[data-scrap-reason]")) button.setAttribute("aria-pressed", String(button.dataset.scrapReason === group.body.reason));
  closing = setTimeout(() => { group = undefined; showGroup(); }, Math.max(0, group.hold_until - Date.now()));
}

async function reasonOfScrap(code) {
  if (group) group = await amend(group.n, (entry) => ({ ...entry, body: { ...entry.body, reason: code } }));
  showGroup();
}

async function lessScrap() {
  if (!group) return;
  if (group.body.quantity === 1) {
    await withdraw(group.n);
    group = undefined;
  } else {
    const less = group.body.quantity - 1;
    group = await amend(group.n, (entry) => ({ ...entry, what: say("scrap", { n: less }), body: { ...entry.body, quantity: less } }));
  }
  showGroup();
}

// Taps arrive faster than the disk answers: one after the other, or two would open two entries.
let turn = Promise.resolve();
const inTurn = (work) => { turn = turn.then(work, work); };

document.addEventListener("click", (event) => {
  const plus = event.target.closest("[data-scrap]"), reason = event.target.closest("[data-scrap-reason]");
  if (plus) inTurn(() => scrap(plus));
  if (reason) inTurn(() => reasonOfScrap(reason.dataset.scrapReason));
  if (event.target.closest("[data-scrap-less]")) inTurn(lessScrap);
  const pad = event.target.closest("[data-pad]"), key = event.target.closest("#pad [data-press]"), open = event.target.closest("[data-open]")?.dataset.open;
  if (pad) openPad(pad.dataset);
  if (key) press(key.dataset.press);
  if (open === "finish") sayWhatIsMissing();
  if (open === "count") byId("count").querySelector("[data-kind=good]").hidden = !(byId("count").querySelector("[data-machine-counts]").hidden = byId("order").dataset.counts !== "MACHINE");
});

function sayWhatIsMissing() {
  const { missing } = byId("work-list").dataset;
  byId("finish").querySelector("[data-finish-name]").textContent = byId("order").dataset.orderName;
  const line = byId("finish").querySelector("[data-finish-missing]");
  line.hidden = !missing;
  line.querySelector("strong").textContent = missing;
}

// --- the own keypad: it types into the field last touched, comma and point are the same

const form = byId("pad-form");
let field;

function openPad({ pad, url, body, kind, what, hint = "", unit = byId("order").dataset.unit }) {
  Object.assign(form.dataset, { url, what, unit, body: body ?? JSON.stringify({ kind, operation: Number(byId("order").dataset.operation) || undefined }) });
  for (const [name, text] of Object.entries({ what, hint, unit })) for (const part of form.querySelectorAll(`[data-part=${name}]`)) part.textContent = text;
  for (const set of form.querySelectorAll("fieldset")) set.hidden = set.disabled = !set.dataset.for.split(" ").includes(pad);
  form.reset();
  byId("count").close();
  byId("pad").showModal();
  form.querySelector("fieldset:enabled input").focus();
}
form.addEventListener("focusin", ({ target }) => { if (target.inputMode) field = target; });

function press(key) {
  const after = key === "back" ? field.value.slice(0, -1) : field.value + key;
  if (/^-?\d{0,12}([.,]\d{0,6})?$/.test(after)) field.value = after;
}

// --- counts on the screen = what the server says + what is still on its way

let kept = [], delivered = [], asked = 0;

function showCounts() {
  const field = byId("scrap");
  if (!field) return;
  const onTheWay = [...kept, ...delivered].reduce((sum, entry) => sum + Number(entry.body.quantity), 0);
  field.textContent = number(Number(field.dataset.value) + onTheWay);
}

const countsScrap = (entry) => entry.body?.kind === "scrap" && entry.station === screen.station;
document.body.addEventListener("mw:queue", ({ detail }) => {
  kept = detail.waiting.filter(countsScrap);
  // Another tap may have closed the group early; what is on its way can no longer grow.
  if (group && !kept.some((entry) => entry.n === group.n && entry.hold_until > Date.now())) {
    group = undefined;
    showGroup();
  }
  showCounts();
});
document.body.addEventListener("mw:sent", ({ detail }) => {
  if (detail.answer.is_ok === false) byId("not-ok").showModal();
  // The server has it, this page's figures do not yet: hold the piece until a fresher answer came.
  if (countsScrap(detail.entry)) delivered.push({ ...detail.entry, at: performance.now() });
  refetch();
});
document.addEventListener("htmx:before:request", (event) => { if (event.target.id === "order") asked = performance.now(); });
document.addEventListener("htmx:after:swap", (event) => {
  if (event.target.id !== "order") return;
  document.querySelector("[data-open=finish]").disabled = !byId("order").dataset.order;
  delivered = delivered.filter((entry) => entry.at > asked);
  showCounts();
});

document.body.addEventListener("mw:acted", ({ detail }) => {
  if (detail.act !== "explain") return;
  // Answered at once under the finger; the server's own words follow with the next fragment.
  const choices = document.querySelector("#reasons [data-reasons]");
  for (const button of choices?.querySelectorAll("button") ?? []) button.toggleAttribute("data-pressed", button.dataset.reason === detail.node.dataset.reason);
});

// --- a scan: an order is loaded, everything else is somebody's badge

async function load(code) {
  toast(say("read", { code }), { kind: "scan", ms: 4000 });
  const answer = await fetch(`/station/${screen.station}/load/?code=${encodeURIComponent(code)}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(8000) }).catch(() => {});
  const told = await answer?.json().catch(() => ({}));
  if (!answer?.ok) return toast(told?.detail || say("unreachable"), { kind: "scan", ms: 8000 });
  const by = told.url && await author();
  if (by) await enqueue({ url: told.url, body: told.body, what: told.what, by, station: screen.station });
  if (by || !told.url) toast(told.what, { kind: "scan", ms: 4000 });
}
const anOrder = (code) => /^po-\d+(\/\d+)?$/i.test(code);
document.body.addEventListener("mw:scan", (event) => {
  const { code, asUs } = event.detail, found = [code, asUs].find(anOrder);
  if (!event.defaultPrevented) found ? load(found) : badge(event.detail);
});

// --- somebody else's work goes on: whoever comes is asked, once
document.body.addEventListener("mw:person", ({ detail }) => {
  const { workers, workerNames } = byId("order").dataset, here = (workers ?? "").split(" ");
  if (!detail || !here[0] || here.includes(detail.user)) return;
  byId("over").querySelector("[data-part=names]").textContent = workerNames;
  setTimeout(() => byId("over").showModal(), 100);
});
