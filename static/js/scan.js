// Keyboard-wedge scanners: a burst of keys ending in Enter or Tab is a scan, wherever the focus is.
const GAP_MS = 60, LEAST = 4;
const US = { Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:", Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Backquote: "`~", Space: "  " };
const US_SHIFTED = ")!@#$%^&*(";
// ASCII 29 parts the elements of a GS1 label; scanners type it as Ctrl+].
const SEPARATOR = "\u001d";
const isSeparator = (event) => event.key === SEPARATOR || (event.ctrlKey && (event.key === "]" || event.code === "BracketRight"));

let text = "", asUs = "", last = 0, field, before, alone;

/** What the key would be on a US keyboard, which is how a scanner types out of the box. */
function usKey(event) {
  const { code, shiftKey } = event;
  if (/^Key.$/.test(code)) return shiftKey ? code[3] : code[3].toLowerCase();
  if (/^Digit.$/.test(code)) return shiftKey ? US_SHIFTED[code[5]] : code[5];
  return US[code]?.[shiftKey ? 1 : 0] ?? event.key;
}

function remember() {
  const node = document.activeElement;
  field = node?.matches("input, textarea") ? node : undefined;
  try {
    before = field && { value: field.value, start: field.selectionStart, end: field.selectionEnd };
  } catch (noSelection) {
    before = { value: field.value };
  }
}

function giveBack() {
  if (!field?.isConnected || field.value === before.value) return;
  field.value = before.value;
  if (before.start !== undefined && before.start !== null) field.setSelectionRange(before.start, before.end);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function onKey(event) {
  const now = event.timeStamp, fast = now - last < GAP_MS;
  if (["Shift", "CapsLock", "AltGraph"].includes(event.key)) return;
  clearTimeout(alone);
  if (event.key === "Enter" || event.key === "Tab") {
    if (fast && text.length >= LEAST) {
      event.preventDefault();
      event.stopImmediatePropagation();
      giveBack();
      const detail = { code: text, asUs: asUs === text ? "" : asUs };
      text = asUs = "";
      document.body.dispatchEvent(new CustomEvent("mw:scan", { detail, bubbles: true }));
    }
    text = asUs = "";
    return;
  }
  if (!fast) { text = asUs = ""; remember(); }
  last = now;
  if (isSeparator(event) && fast && text) { text += SEPARATOR; asUs += SEPARATOR; event.preventDefault(); event.stopImmediatePropagation(); return; }
  // Scanners send control characters as Ctrl combinations, which browsers take for commands.
  if ((event.ctrlKey || event.altKey || event.metaKey) && !(event.ctrlKey && event.altKey)) {
    if (fast && text) { event.preventDefault(); event.stopImmediatePropagation(); }
    return;
  }
  if (event.key.length !== 1 || event.key < " " || event.key === "\u007f") {
    if (fast && text && event.key.length === 1) event.preventDefault();
    return;
  }
  if (fast && text && event.key === " " && !field) event.preventDefault();
  text += event.key;
  asUs += usKey(event);
  // A single letter is a shortcut only when no burst follows it and nobody is typing.
  if (text.length === 1 && !document.activeElement?.matches("input, textarea, select, [contenteditable]") && !event.ctrlKey) {
    const key = event.key;
    alone = setTimeout(() => document.body.dispatchEvent(new CustomEvent("mw:key", { detail: key, bubbles: true })), GAP_MS + 20);
  }
}
addEventListener("keydown", onKey, { capture: true });
