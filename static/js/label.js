// The print dialog opens by itself: a station in kiosk mode prints without any. Whoever closed it has the button.
const print = () => window.print();
document.querySelector("[data-print]")?.addEventListener("click", print);
addEventListener("load", print);
