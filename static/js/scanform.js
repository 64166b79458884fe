// A scan anywhere on the page goes into the page's scan form and is sent; the server says what it means.
document.body.addEventListener("mw:scan", ({ detail }) => {
  const form = document.querySelector("[data-scan-form]");
  if (form) {
    form.elements.scan.value = detail.code;
    form.requestSubmit();
  } else {
    // A line is chosen already: another label read means another line.
    location.assign(`${location.pathname}?scan=${encodeURIComponent(detail.code)}`);
  }
});
