// The counts above the tiles are counted from the tiles, so both always agree.
const groups = [...document.querySelectorAll("[data-count]")];

function count() {
  const sums = {};
  for (const tile of document.querySelectorAll(".tile[data-s]")) sums[tile.dataset.s] = (sums[tile.dataset.s] ?? 0) + 1;
  for (const node of groups) {
    const sum = node.dataset.count.split(" ").reduce((all, state) => all + (sums[state] ?? 0), 0);
    node.querySelector("b").textContent = sum;
    node.toggleAttribute("data-none", sum === 0);
  }
}
document.body.addEventListener("mw:any", count);
document.addEventListener("htmx:after:swap", count);
count();
