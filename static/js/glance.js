// Nobody has touched the station for a while: show what can be read from three metres.
import { setGlyph } from "mw/words";

const view = document.getElementById("glance");
const data = document.querySelector("[data-station]").dataset;
const part = (name) => view.querySelector(`[data-part=${name}]`);
const text = (id) => document.getElementById(id)?.textContent.trim() ?? "";
const WAKE_MS = 700;
let last = Date.now(), awoke = 0;

function fill() {
  const band = document.getElementById("band");
  view.dataset.s = band.dataset.s;
  setGlyph(view.querySelector("svg"), band.dataset.s);
  part("word").textContent = band.querySelector("[data-word]").textContent;
  part("clock").textContent = band.querySelector("[data-since]").textContent;
  const order = document.getElementById("order"), label = (id) => document.getElementById(id)?.closest("div").querySelector("dt").textContent;
  part("good").textContent = order.dataset.order ? `${label("good")} ${document.getElementById("good").parentElement.textContent.replace(/\s+/g, " ").trim()}` : "";
  part("expected").textContent = order.dataset.order ? `${label("expected")} ${text("expected")}` : "";
}

setInterval(() => {
  if (Date.now() - last < Number(data.glance) * 1000) return;
  if (view.hidden) for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  fill();
  view.hidden = false;
}, 1000);

/** A touch or scan that wakes the screen is not a command: it was made without seeing what it would hit. */
function wake(event) {
  last = Date.now();
  if (!view.hidden) {
    view.hidden = true;
    awoke = last;
  }
  if (Date.now() - awoke < WAKE_MS && event.cancelable) { event.preventDefault(); event.stopPropagation(); }
}
for (const name of ["pointerdown", "pointerup", "click", "touchstart", "keydown", "keyup"]) addEventListener(name, wake, { capture: true, passive: false });
document.body.addEventListener("mw:scan", (event) => { if (Date.now() - awoke < WAKE_MS) event.stopImmediatePropagation(); }, { capture: true });

