// The counts above the tiles are counted from the tiles, so both always agree.
import "mw/acts";
import { number } from "mw/words";

const MOST_FOR_SIX_METRES = 12;
const groups = [...document.querySelectorAll("[data-count]")];

function count() {
  const sums = {};
  for (const tile of document.querySelectorAll(".tile[data-s]")) sums[tile.dataset.s] = (sums[tile.dataset.s] ?? 0) + 1;
  for (const node of groups) {
    const sum = node.dataset.count.split(" ").reduce((all, state) => all + (sums[state] ?? 0), 0);
    node.querySelector("b").textContent = sum;
    node.toggleAttribute("data-none", sum === 0);
  }
  countCalls();
  // Up to twelve machines a wall can be read from six metres. On the body, since a swap would take it off the board.
  document.body.toggleAttribute("data-few", document.querySelectorAll(".tile").length <= MOST_FOR_SIX_METRES);
}

function countCalls() {
  const chip = document.getElementById("calls-chip");
  const sum = [...document.querySelectorAll("[data-calls]")].reduce((all, tile) => all + Number(tile.dataset.calls), 0);
  const text = (sum === 1 ? chip.dataset.one : chip.dataset.many).replace("{n}", number(sum));
  // Only what changed is read aloud.
  if (chip.lastElementChild.textContent !== text) chip.lastElementChild.textContent = text;
  chip.toggleAttribute("data-none", sum === 0);
}

document.body.addEventListener("mw:any", count);
document.addEventListener("htmx:after:swap", count);
count();
