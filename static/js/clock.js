// Running clocks, counted against the server's time: a tablet's own clock may be minutes off.
import { say } from "mw/words";

let samples = [];
let offset = 0;

/** Learn from a message how far the server's clock is ahead. The fastest of the last messages is the truest. */
export function learn(at) {
  if (!at) return;
  samples = [...samples.slice(-29), at - Date.now()];
  offset = Math.max(...samples);
}

export const serverNow = () => Date.now() + offset;

export function clockText(ms) {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (h >= 24) return say("days", { d: Math.floor(h / 24), h: h % 24 });
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const write = (node, text) => { if (node.textContent !== text) node.textContent = text; };
let wallText;

/** Write every clock on the page; called each second and after each change of the page. */
export function tick() {
  const now = serverNow();
  for (const node of document.querySelectorAll("[data-since]")) write(node, clockText(now - node.dataset.since));
  const wall = document.querySelector("[data-wall]");
  if (wall) {
    // Not the tablet's zone but the plant's: the server wrote the first text, only the minutes are counted on.
    wallText ??= { minute: toMinutes(wall.textContent), at: now };
    const minutes = Math.floor(wallText.minute + Math.floor(now / 60000) - Math.floor(wallText.at / 60000));
    write(wall, `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`);
  }
}

function toMinutes(text) {
  const [h, m] = text.trim().split(":").map(Number);
  return (h || 0) * 60 + (m || 0);
}

function loop() {
  tick();
  setTimeout(loop, 1000 - (serverNow() % 1000) + 5);
}
document.addEventListener("htmx:after:swap", tick);
loop();
