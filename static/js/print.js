// A paper prints when somebody says so.
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
