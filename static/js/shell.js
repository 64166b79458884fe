// What every page does: dialogs, theme, shortcuts, the queue's pills, and the care htmx needs around its swaps.
import "htmx";
import "mw/clock";
import "mw/live";
import "mw/scan";
import { drop, tryAgain } from "mw/queue";
import { number, say } from "mw/words";

const byId = (id) => document.getElementById(id);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]"), closer = event.target.closest("[data-close]");
  const theme = event.target.closest("[data-set-theme]");
  if (opener) byId(opener.dataset.open)?.showModal();
  if (closer) closer.closest("dialog")?.close();
  if (event.target.matches("dialog")) event.target.close();
  if (theme) setTheme(theme.dataset.setTheme);
});

function setTheme(theme) {
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.body.dispatchEvent(new CustomEvent("mw:theme", { bubbles: true }));
}

document.body.addEventListener("mw:key", ({ detail }) => {
  if (detail === "?") byId("shortcuts")?.showModal();
  if (detail === "/") (byId("search") || byId("find"))?.focus();
});

// A scan at a desk finds its thing; pages that read scans themselves say so by the class "scans".
document.body.addEventListener("mw:scan", ({ detail }) => {
  if (byId("find") && !document.body.classList.contains("scans")) location.assign(`/find/?q=${encodeURIComponent(detail.code)}`);
});

// --- the queue's pills and list

let waiting = 0;
document.body.addEventListener("mw:queue", ({ detail }) => {
  waiting = detail.waiting.length;
  const pill = byId("queued"), red = byId("needs-attention");
  if (pill) { pill.hidden = !waiting; pill.textContent = say("waiting", { n: number(waiting) }); }
  if (red) { red.hidden = !detail.attention.length; red.lastElementChild.textContent = say("attention", { n: number(detail.attention.length) }); }
  listAttention(detail.attention);
});

function listAttention(entries) {
  const list = document.querySelector("[data-attention]");
  if (!list) return;
  list.replaceChildren(...entries.map((entry) => {
    const row = byId("attention-row").content.firstElementChild.cloneNode(true);
    const part = (name) => row.querySelector(`[data-part=${name}]`);
    part("what").textContent = entry.what;
    part("when").textContent = [entry.by, entry.station, new Date(entry.tapped_at).toLocaleString(document.documentElement.lang)].filter(Boolean).join(" · ");
    part("why").textContent = entry.refused.detail || `${say("refused")} (${entry.refused.status})`;
    part("again").addEventListener("click", () => tryAgain(entry.n));
    part("drop").addEventListener("click", () => { if (confirm(say("drop"))) drop(entry.n); });
    return row;
  }));
  if (!entries.length) byId("attention")?.close();
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-sign-out]") && waiting && !confirm(say("leave", { n: number(waiting) }))) event.preventDefault();
});

// --- htmx

document.addEventListener("htmx:before:response", (event) => {
  // The session is over: let the whole page go where the server sends it, not a fragment of it.
  const { redirected, status } = event.detail.ctx.response.raw;
  if (redirected || status === 401) { event.preventDefault(); location.reload(); }
});
document.addEventListener("htmx:before:swap", (event) => {
  // An outer morph would put the blank lines around a fragment beside it, one more with each swap.
  for (const { fragment } of event.detail.tasks) {
    for (const node of [...(fragment?.childNodes ?? [])]) if (node.nodeType === Node.TEXT_NODE && !node.data.trim()) node.remove();
  }
});
