// Trends with uPlot. Drawn after the first frame: evaluating and drawing in one turn would block a tablet.
const charts = new Map();
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A time in the plant's zone; seconds only where they tell ticks apart. */
function moment(at, span) {
  const zone = document.querySelector("[data-zone]")?.dataset.zone;
  return new Date(at * 1000).toLocaleTimeString(document.documentElement.lang, {
    hourCycle: "h23", hour: "2-digit", minute: "2-digit", ...(span < 600 ? { second: "2-digit" } : {}), ...(zone ? { timeZone: zone } : {}),
  });
}

function options(node, height) {
  const axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 }, font: "13px system-ui" };
  return {
    width: node.clientWidth, height,
    cursor: { sync: { key: "trends" } },
    series: [{ value: (plot, at) => (at ? moment(at, 0) : "") }, { label: `${node.dataset.label} ${node.dataset.unit}`.trim(), stroke: css("--action"), width: 2, spanGaps: false, points: { show: false } }],
    axes: [{ ...axis, values: (plot, splits) => splits.map((at) => moment(at, plot.scales.x.max - plot.scales.x.min)) }, { ...axis, size: 56 }],
  };
}

function say(node, text) {
  node.replaceChildren(Object.assign(document.createElement("p"), { className: "muted", textContent: text }));
}

/**
 * Each bucket's lowest and highest value, so that no peak is lost. Empty buckets are left out by the server; where
 * several in a row are missing, compared with how often this tag speaks, the line has a hole.
 */
function curve({ buckets, bucket_s: width }) {
  const at = buckets.map((bucket) => Date.parse(bucket.at) / 1000);
  const steps = at.slice(1).map((moment, i) => moment - at[i]).sort((a, b) => a - b);
  const hole = 5 * Math.max(width, steps[Math.floor(steps.length / 2)] ?? width);
  const x = [], y = [];
  const put = (moment, value) => { x.push(moment); y.push(value); };
  buckets.forEach(({ low, high }, i) => {
    if (i && at[i] - at[i - 1] > hole) put(at[i - 1] + width, null);
    put(at[i], low);
    if (high !== low) put(at[i] + width / 2, high);
  });
  return [x, y];
}

async function load(node) {
  try {
    await (plotter ??= fetchPlotter());
    const answer = await fetch(node.dataset.series, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) return say(node, node.dataset.fail);
    const data = curve(await answer.json());
    if (!data[0].length) return say(node, node.dataset.none);
    draw(node, data);
  } catch (unreachable) {
    say(node, node.dataset.fail);
  }
}

function draw(node, data) {
  node.replaceChildren();
  charts.set(node, { data, plot: new window.uPlot(options(node, 200), data, node) });
}

const redraw = () => { for (const [node, { data, plot }] of charts) { plot.destroy(); draw(node, data); } };
document.body.addEventListener("mw:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
let resized;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(() => { for (const [node, { plot }] of charts) plot.setSize({ width: node.clientWidth, height: 200 }); }, 150); });

/** uPlot and its style, fetched once the page stands: they would hold up the first paint. */
function fetchPlotter() {
  const { uplot, uplotStyle } = document.querySelector("[data-uplot]").dataset;
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: uplotStyle });
  const script = Object.assign(document.createElement("script"), { src: uplot });
  document.head.append(style, script);
  return new Promise((done, failed) => { script.onload = done; script.onerror = failed; });
}
let plotter;

const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) { seen.unobserve(target); load(target); }
}, { rootMargin: "200px" });
requestAnimationFrame(() => setTimeout(() => { for (const node of document.querySelectorAll("[data-chart]")) seen.observe(node); }));
