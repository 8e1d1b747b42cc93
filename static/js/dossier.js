/* Helps of a page saved as one types. Without this file the page has its Save button. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const words = (name) => document.querySelector(`template[data-message="${name}"]`)?.innerHTML ?? "";
  const tell = (name) => { const line = document.getElementById("saved"); if (line) line.textContent = words(name); };

  // How many characters a text has, beside its limit.
  const count = (control) => {
    let line = control.parentElement.querySelector(".counter");
    if (!line) {
      line = document.createElement("p");
      line.className = "hint counter";
      control.after(line);
    }
    const over = control.value.length > Number(control.dataset.most);
    line.textContent = words("counter").replace("{n}", control.value.length).replace("{most}", control.dataset.most);
    line.classList.toggle("over-limit", over);
  };
  const countAll = () => form.querySelectorAll("[data-most]").forEach(count);
  form.addEventListener("input", (event) => { if (event.target.dataset.most) count(event.target); });
  document.addEventListener("htmx:afterSettle", countAll);
  countAll();

  // The session ended: the answer says where to sign in, and the text is kept.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 401) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  // Signed in again elsewhere: the page takes its new token, then saves.
  let renewing = false;
  const renew = async () => {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("form[data-autosave] input[name=csrfmiddlewaretoken]");
    if (!token) throw new Error("signed out");
    form.querySelector("input[name=csrfmiddlewaretoken]").value = token.value;
  };
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status !== 403 || renewing) { tell("failed"); return; }
    renewing = true;
    renew().then(() => form.dispatchEvent(new Event("save-again")), () => tell("failed"));
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) renewing = false; });
  document.addEventListener("htmx:sendError", () => {
    tell("offline");
    window.setTimeout(() => form.dispatchEvent(new Event("save-again")), 10000);
  });

  // A save by the button waits for the one under way, so that the two do not meet.
  form.addEventListener("submit", (event) => {
    if (!form.classList.contains("htmx-request")) return;
    event.preventDefault();
    const button = event.submitter;
    form.addEventListener("htmx:afterRequest", () => form.requestSubmit(button), { once: true });
  });
})();
