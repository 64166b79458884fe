// Short messages at the bottom, with a way back where there is one.
import { say } from "mw/words";

const shelf = document.getElementById("toasts");

/** Show a text; with `undo` a button that calls it. Answers a function that takes the message away. */
export function toast(text, { undo, ms = 4000, kind = "" } = {}) {
  const node = document.createElement("div");
  node.className = `toast ${kind}`;
  node.append(Object.assign(document.createElement("span"), { textContent: text }));
  const gone = () => node.remove();
  if (undo) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: say("undo") });
    button.addEventListener("click", () => { gone(); undo(); });
    node.append(button);
  }
  while (shelf.children.length > 2) shelf.firstElementChild.remove();
  shelf.append(node);
  setTimeout(gone, ms);
  return gone;
}
