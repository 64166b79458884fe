// Shift timeline: one state alone, a band's drawer, and the walk through the stops that have no reason yet.
import "mw/acts";
import htmx from "htmx";

const drawer = document.getElementById("drawer");
const tell = (name) => document.body.dispatchEvent(new CustomEvent(name, { bubbles: true }));
let only = "", walking = false, shown = "";

async function open(url) {
  shown = url;
  await htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" });
  if (!drawer.open) drawer.showModal();
  (drawer.querySelector("button[data-act=explain]") ?? drawer.querySelector("[data-close]"))?.focus();
}

function isolate(state) {
  only = only === state ? "" : state;
  showOnly();
}

function showOnly() {
  const rows = document.getElementById("rows");
  if (only) rows.dataset.only = only;
  else delete rows.dataset.only;
  for (const button of rows.querySelectorAll("[data-only-state]")) button.setAttribute("aria-pressed", String(button.dataset.onlyState === only));
}

function bandAt(event, lane) {
  const box = lane.getBoundingClientRect(), { start, end } = document.getElementById("rows").dataset;
  const share = (event.clientX - box.left) / box.width;
  const at = Math.round(Number(start) + share * (Number(end) - Number(start)));
  const address = new URL(lane.dataset.bandUrl, location.href);
  address.searchParams.set("at", at);
  open(address.pathname + address.search);
}

function explainNext() {
  const next = [...document.querySelectorAll("#stops [data-drawer]")].find((stop) => stop.dataset.drawer !== shown);
  walking = Boolean(next);
  if (next) open(next.dataset.drawer);
  else drawer.close();
}

document.addEventListener("click", (event) => {
  const legend = event.target.closest("[data-only-state]"), stop = event.target.closest("[data-drawer]"), lane = event.target.closest("[data-lane]");
  if (legend) isolate(legend.dataset.onlyState);
  else if (stop) { walking = false; open(stop.dataset.drawer); }
  else if (event.target.closest("[data-explain-next]")) explainNext();
  else if (lane) bandAt(event, lane);
});
document.body.addEventListener("mw:key", ({ detail }) => { if (detail === "n") explainNext(); });
document.body.addEventListener("mw:acted", ({ detail }) => {
  if (detail.act !== "explain" && detail.act !== "tap") return;
  if (walking && detail.act === "explain") explainNext();
  else drawer.close();
});
document.body.addEventListener("mw:sent", () => { tell("mw:explained"); tell("mw:any"); });
drawer.addEventListener("close", () => { walking = false; shown = ""; });
document.addEventListener("htmx:after:swap", (event) => { if (event.target.id === "rows") showOnly(); });
