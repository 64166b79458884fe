// The one live socket of a page. Small numbered JSON comes in; tiles are patched in place and a DOM event makes
// htmx refetch what belongs to the machine. HTML comes only over HTTP.
import { learn, serverNow, tick } from "mw/clock";
import { say, setGlyph, stateWord } from "mw/words";

const STALE_MS = 5000, OFFLINE_MS = 15000, POLL_MS = 15000, FIRST_LOOK_MS = 2500, SLOWEST_RETRY_MS = 15000;
const CLOSED_NOT_SIGNED_IN = 4401, CLOSED_NO_RIGHTS = 4403;

const topics = document.body.dataset.topics;
const latest = new Map();
let joined = false, socket, seq = 0, seen = Date.now(), tries = 0, opened = false, polled = Date.now(), resyncing;

const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));

/** Ask every fragment to fetch itself afresh; spread over half a second so that 100 tablets do not come at once. */
function resync() {
  resyncing ??= setTimeout(() => { resyncing = undefined; tell("mw:resync"); }, Math.random() * 500);
}

/** After a break everything may have changed. On a page just rendered only the moment before the socket may be missing. */
function greeted() {
  setTimeout(resync, joined ? 0 : FIRST_LOOK_MS);
  joined = true;
}

function patch(message, node) {
  if (Number(node.dataset.v || 0) >= message.v) return;
  node.dataset.s = message.s;
  node.dataset.v = message.v;
  const word = node.querySelector("[data-word]"), clock = node.querySelector("[data-since]");
  if (word) word.textContent = stateWord(message.s);
  if (clock) clock.dataset.since = message.since;
  setGlyph(node.querySelector("svg.glyph"), message.s);
}

function patchAll(root = document) {
  for (const node of root.querySelectorAll("[data-m]")) {
    const message = latest.get(node.dataset.m);
    if (message) patch(message, node);
  }
  tick();
}

function onState(message) {
  const known = latest.get(message.m);
  if (known && known.v >= message.v) return;
  latest.set(message.m, message);
  for (const node of document.querySelectorAll(`[data-m="${CSS.escape(message.m)}"]`)) patch(message, node);
  tick();
  tell(`mw:${message.m}`, message);
  tell("mw:any", message);
}

function receive(text) {
  const message = JSON.parse(text);
  seen = Date.now();
  learn(message.at);
  const next = message.t === "hb" ? seq : seq + 1;
  if (message.seq !== undefined) {
    if (message.seq > next) resync();
    seq = message.seq;
  }
  if (message.t === "state") onState(message);
  else if (message.t === "changed") {
    tell(`mw:${message.m ?? message.topic?.split(":").pop()}`, message);
    tell("mw:any", message);
    tell("mw:floor", message);
    if (message.e) tell(`mw:of-${message.e.split(".")[0]}`, message);
  } else if (message.t === "import") tell("mw:import", message);
  else if (message.t === "resync") resync();
  else if (message.t === "hello") greeted();
  show();
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  seq = 0;
  socket = new WebSocket(`${scheme}://${location.host}/ws/live/?topics=${encodeURIComponent(topics)}`);
  socket.onopen = () => { opened = true; tries = 0; };
  socket.onmessage = (event) => receive(event.data);
  socket.onclose = (event) => {
    opened = false;
    if (event.code === CLOSED_NOT_SIGNED_IN || event.code === CLOSED_NO_RIGHTS) return lookAgain();
    const wait = Math.min(SLOWEST_RETRY_MS, 500 * 2 ** tries++);
    setTimeout(connect, wait / 2 + Math.random() * wait / 2);
  };
}

/** The person's rights changed: the server decides what this address shows now. At most one reload in 30 s. */
function lookAgain() {
  const last = Number(sessionStorage.getItem("mw.reloaded") || 0);
  sessionStorage.setItem("mw.reloaded", Date.now());
  if (Date.now() - last > 30000) location.reload();
  else setTimeout(connect, SLOWEST_RETRY_MS);
}

function show() {
  const pill = document.getElementById("link");
  if (!pill) return;
  const age = Date.now() - seen;
  const link = age > OFFLINE_MS ? "down" : age > STALE_MS ? "stale" : opened || polled === seen ? "live" : "wait";
  const text = { down: say("offline"), stale: say("old", { n: Math.floor(age / 1000) }), live: say("live"), wait: say("connecting") }[link];
  if (pill.dataset.link !== link) {
    pill.dataset.link = link;
    document.documentElement.dataset.link = link;
  }
  if (pill.lastElementChild.textContent !== text) pill.lastElementChild.textContent = text;
}

function watch() {
  show();
  const now = Date.now();
  // A socket that is open but says nothing is dead: a cable was pulled and no one told us.
  if (opened && now - seen > OFFLINE_MS) socket.close();
  if (!opened && now - polled > POLL_MS) { polled = now; tell("mw:resync"); }
}

if (topics) {
  document.addEventListener("htmx:after:swap", (event) => {
    // An answer that was under way may be older than what the socket has said since.
    patchAll();
    if (!opened && event.detail?.ctx?.response?.status === 200) { polled = seen = Date.now(); show(); }
  });
  setInterval(watch, 1000);
  addEventListener("online", () => { if (!opened && socket.readyState === WebSocket.CLOSED) { tries = 0; connect(); } });
  connect();
}

export { resync, serverNow, tell };
