// A page with one field for scans: whatever is scanned, wherever the focus is, goes there and is asked for at once.
document.body.addEventListener("mw:scan", ({ detail }) => {
  const field = document.querySelector("[data-scan-field]");
  if (!field) return;
  field.value = detail.code;
  field.form.requestSubmit();
});
