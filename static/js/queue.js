// Taps on their way to the server. An entry is on disk before anything else happens, goes out in order under the
// person who made it, and leaves only when the server says yes. What the server refuses is kept for people to see.
import { serverNow } from "mw/clock";
import * as store from "mw/store";

const RETRY_MS = 5000, ANSWER_MS = 12000, SENDING_MS = 20000;
const LATER = new Set([408, 425, 429]);
// An act that breaks the server again and again must not hold up everything behind it for ever.
const MOST_BREAKS = 6;

/** Random key; crypto.randomUUID is missing on plain-HTTP pages in a plant's network. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1] ?? "";
const iso = (ms) => new Date(ms).toISOString();

async function announce() {
  const entries = await store.all();
  tell("mw:queue", {
    entries,
    waiting: entries.filter((entry) => !entry.refused),
    attention: entries.filter((entry) => entry.refused),
  });
  return entries;
}

/**
 * Keep a tap and send it. `by` = {pass, name, user}; `hold` = ms in which the same entry may still be raised.
 * Resolves once the entry is on disk.
 */
export async function enqueue({ url, body = {}, what, by, station = "", hold = 0, entry = false }) {
  const at = serverNow(), key = newKey();
  const fresh = {
    key, url, what, station, by: by?.name ?? "", pass: by?.pass ?? "", user: by?.user ?? "",
    tapped_at: iso(at), hold_until: hold ? Date.now() + hold : 0, refused: null,
    body: { ...body, at: iso(at), ...(entry ? { entry: key } : {}) },
  };
  // Another act ends the grouping of the one before, so that order is kept and nothing waits for nothing.
  if (!hold) await releaseHeld();
  fresh.n = await store.add(fresh);
  announce();
  if (hold) setTimeout(drain, hold + 20);
  else drain();
  return fresh;
}

/** Change a held entry before it goes out. Answers the entry, or nothing when it has gone. */
export async function amend(n, how) {
  const after = await store.change(n, (entry) => (entry.hold_until > Date.now() && !entry.sending ? how(entry) : undefined));
  announce();
  if (after) setTimeout(drain, Math.max(0, after.hold_until - Date.now()) + 20);
  return after;
}

/** Take a held entry back before it goes out. */
export async function withdraw(n) {
  await store.remove(n);
  announce();
}

export async function releaseHeld() {
  for (const entry of await store.all()) {
    if (entry.hold_until > Date.now()) await store.change(entry.n, (held) => ({ ...held, hold_until: 0 }));
  }
  drain();
}

export async function tryAgain(n) {
  await store.change(n, (entry) => ({ ...entry, refused: null }));
  announce();
  drain();
}

export async function drop(n) {
  await store.remove(n);
  announce();
}

let draining = false, again = false;

/** Send what waits, oldest first. One tab at a time where the browser can say so; the key protects the rest. */
export async function drain() {
  if (draining) { again = true; return; }
  draining = true;
  try {
    do {
      again = false;
      if (navigator.locks) await navigator.locks.request("mw-queue", { ifAvailable: true }, (lock) => lock && sendAll());
      else await sendAll();
    } while (again);
  } finally {
    draining = false;
  }
}

async function sendAll() {
  for (const entry of await store.all()) {
    if (entry.refused || notOurs(entry)) continue;
    if (entry.hold_until > Date.now()) return;
    if (!(await sendOne(entry))) return;
  }
}

/** Without a pass an entry may only go out in its author's own session; it waits for that person otherwise. */
const notOurs = (entry) => !entry.pass && entry.user && entry.user !== (document.body.dataset.user ?? "");

async function sendOne(entry) {
  // From here on a late "+1" must open a new entry: what is being sent can no longer grow.
  const current = await store.change(entry.n, (kept) =>
    kept.sending > Date.now() - SENDING_MS && kept.sender !== sender ? undefined : { ...kept, sending: Date.now(), sender });
  if (!current) return false;
  let answer, told = {};
  try {
    answer = await fetch(current.url, {
      method: "POST", credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_MS),
      headers: {
        "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": current.key,
        "X-Millwright-Tapped-At": current.tapped_at, "X-CSRFToken": cookie("csrftoken"),
        ...(current.pass ? { "X-Millwright-Pass": current.pass } : {}),
      },
      body: JSON.stringify(current.body),
    });
    told = await answer.json().catch(() => ({}));
  } catch (unreachable) {
    await store.change(entry.n, (kept) => ({ ...kept, sending: 0 }));
    return false;
  }
  const breaks = (current.breaks ?? 0) + (answer.status === 500);
  const later = (answer.status >= 500 && breaks < MOST_BREAKS) || LATER.has(answer.status);
  if (answer.ok) {
    await store.remove(entry.n);
    tell("mw:sent", { entry: current, answer: told });
  } else if (later || answer.redirected) {
    await store.change(entry.n, (kept) => ({ ...kept, sending: 0, breaks }));
    return false;
  } else {
    const refused = { status: answer.status, detail: told.detail || "" };
    await store.change(entry.n, (kept) => ({ ...kept, sending: 0, breaks: 0, refused }));
    tell("mw:refused", { entry: current, refused });
  }
  announce();
  return true;
}
const sender = newKey();

addEventListener("online", drain);
setInterval(drain, RETRY_MS);
announce().then(drain);

export { announce };
