// Counting stock: a scan goes into the field and is read at once; the keypad types into the quantity.
const byId = (id) => document.getElementById(id);
const field = () => byId("quantity");

document.body.addEventListener("mw:scan", ({ detail }) => {
  const form = byId("count-scan"), place = byId("place");
  if (form) {
    form.elements.code.value = detail.code;
    form.elements.as_us.value = detail.asUs ?? "";
    form.requestSubmit();
  } else if (place) {
    place.value = detail.code;
    place.form.requestSubmit();
  }
});

function press(key) {
  const before = field().value;
  let after = before;
  if (key === "back") after = before.slice(0, -1);
  else if (key === "," || key === ".") after = /[.,]/.test(before) ? before : `${before || "0"}${key}`;
  else after = before === "0" ? key : before + key;
  if (!after || /^\d{1,12}([.,]\d{0,6})?$/.test(after)) field().value = after;
}

document.addEventListener("click", (event) => {
  const key = event.target.closest("#count-note [data-key]");
  if (key) press(key.dataset.key);
});
// Digits wait until they are surely no scan: the listener of scans tells single keys.
document.body.addEventListener("mw:key", ({ detail }) => { if (field() && /^[\d.,]$/.test(detail)) press(detail); });
addEventListener("keydown", (event) => {
  if (!field() || event.target.matches("input, textarea, select")) return;
  if (event.key === "Backspace") press("back");
});
