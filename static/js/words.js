// The texts of the scripts stand in the page, translated by the server.
export const words = document.getElementById("words").dataset;

/** A text with its {places} filled in. */
export function say(name, values = {}) {
  return (words[name] || name).replace(/\{(\w+)\}/g, (whole, place) => values[place] ?? whole);
}

const big = (text) => text[0].toUpperCase() + text.slice(1);
export const stateWord = (state) => words[`state${big(state)}`] || state;
export const stateGlyph = (state) => words[`glyph${big(state)}`] || "unplug";

/** Show another drawing of the sprite in an <svg><use>. */
export function setGlyph(svg, state) {
  const use = svg?.firstElementChild;
  const address = use?.getAttribute("href")?.replace(/#.*/, `#${stateGlyph(state)}`);
  if (address && use.getAttribute("href") !== address) use.setAttribute("href", address);
}

const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);
export const number = (value) => numbers.format(value);
