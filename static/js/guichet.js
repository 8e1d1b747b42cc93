/* Small helps, none needed: pages work without this file. */
(() => {
  "use strict";
  // A button that prints is of no use without this file: it shows itself here.
  document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
  // A list of errors takes the focus, so that it is read first.
  document.querySelector(".error-summary")?.focus();
  // A menu closes on Escape, the one under a name on a click elsewhere too.
  const close = (menu) => menu.removeAttribute("open");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.person-menu[open], details.menu[open]").forEach((menu) => {
      close(menu);
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.person-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) close(menu);
    });
    if (event.target.closest("[data-print]")) window.print();
    const blocked = event.target.closest('button[aria-disabled="true"]');
    if (blocked) event.preventDefault();
  });
  // A form is sent once, whatever the number of clicks.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-many")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });
})();
