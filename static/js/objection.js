/* Seals an objection in the browser, for each hospital's own key, with libsodium's sealed boxes.

   The fields stand outside of any form, so that the browser has nothing of them to send. Only the
   sealed boxes, in the hidden fields of the form, leave this page; the fields are emptied as they do.
   The statement is the one that catalog/sealed.py reads, padded so that every box has one length. */
(() => {
  "use strict";
  const STATEMENT_BYTES = 2048;
  const page = document.querySelector("[data-statement]");
  const form = document.querySelector("form[data-seal]");
  if (!page || !form || !window.nacl || !window.sealedBox || !window.TextEncoder) return;

  const summary = page.querySelector("[data-errors]");
  const fields = [...page.querySelectorAll("[data-field]")];
  const inputs = (field) => [...field.querySelectorAll("input, select")];

  document.querySelector("[data-without-script]").hidden = true;
  page.hidden = false;
  form.hidden = false;

  /** What the fields of one question hold: the text, or what is ticked. */
  function held(field) {
    const all = inputs(field);
    if (!["radio", "checkbox"].includes(all[0].type)) return all[0].value.trim();
    const ticked = all.filter((input) => input.checked).map((input) => input.value);
    return all[0].type === "radio" ? (ticked[0] ?? "") : ticked;
  }

  const field = (name) => fields.find((each) => each.dataset.field === name);

  /** Whether a question is asked, which may depend on the answer to another. */
  function asked(each) {
    if (!each.dataset.when) return true;
    const [name, values] = each.dataset.when.split("=");
    return values.split(" ").includes(held(field(name)));
  }

  const show = () => fields.forEach((each) => { each.hidden = !asked(each); });
  page.addEventListener("change", show);
  show();

  page.querySelector("[data-every-hospital]").addEventListener("click", () => {
    inputs(field("hospitals")).forEach((input) => { input.checked = true; });
  });

  /** The projects one may object to: their titles by number. All are read at once, so that nobody
      learns which one is meant. Null where they cannot be: the shape of the number is then all
      that is asked for. */
  let titles = null;
  const project = inputs(field("project"))[0];
  const sayTitle = () => {
    const known = titles && Object.hasOwn(titles, project.value.trim());
    page.querySelector("[data-title]").textContent = known ? titles[project.value.trim()] : "";
  };
  fetch(page.dataset.titles)
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((found) => { titles = found; sayTitle(); })
    .catch(() => {});
  project.addEventListener("input", sayTitle);

  /** Who comes from the page of a project objects to that one: its number stands after the #, which
      no browser sends. */
  const meant = window.location.hash.slice(1);
  if (new RegExp(`^(?:${field("project").dataset.shape})$`).test(meant)) {
    inputs(field("scope")).forEach((input) => { input.checked = input.value === "project"; });
    project.value = meant;
    show();
  }

  function today() {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  }

  function lacks(each) {
    if (!asked(each) || "optional" in each.dataset) return false;
    const value = held(each);
    if (value.length === 0) return true;
    if (each.dataset.shape && !new RegExp(`^(?:${each.dataset.shape})$`).test(value)) return true;
    if (each.dataset.field === "project" && titles) return !Object.hasOwn(titles, value);
    return "past" in each.dataset && (value > today() || value < "1890-01-01");
  }

  /** Lists what is missing, beside each field and above all of them; says whether there is any. */
  function tell(missing) {
    const list = summary.querySelector("ul");
    list.replaceChildren();
    fields.forEach((each) => {
      const frame = each.querySelector(".field");
      frame.classList.toggle("in-error", missing.includes(each));
      inputs(each).forEach((input) => {
        if (missing.includes(each)) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
      });
    });
    missing.forEach((each) => {
      const link = document.createElement("a");
      link.href = `#${inputs(each)[0].id}`;
      link.textContent = each.dataset.missing;
      const line = document.createElement("li");
      line.append(link);
      list.append(line);
    });
    summary.hidden = missing.length === 0;
    if (missing.length) summary.focus();
    return missing.length > 0;
  }

  function statement() {
    const scope = held(field("scope"));
    const whom = held(field("whom"));
    const said = {
      v: 1,
      whom,
      scope,
      value: scope === "all" ? "" : held(field(scope)),
      birth_name: held(field("birth_name")),
      usual_name: held(field("usual_name")),
      first_names: held(field("first_names")),
      born_on: held(field("born_on")),
      declarant: whom === "self" ? "" : held(field("declarant")),
    };
    const content = new TextEncoder().encode(JSON.stringify(said));
    if (content.length > STATEMENT_BYTES) throw new Error("too long");
    const padded = new Uint8Array(STATEMENT_BYTES).fill(0x20);
    padded.set(content);
    return padded;
  }

  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const text = (content) => btoa(String.fromCharCode(...content));

  function seal() {
    const chosen = held(field("hospitals"));
    const content = statement();
    form.querySelectorAll("[data-hospital]").forEach((box) => {
      const wanted = chosen.includes(box.dataset.hospital);
      box.value = wanted ? text(window.sealedBox.seal(content, bytes(box.dataset.key))) : "";
      box.disabled = !wanted;
    });
    content.fill(0);
  }

  function forget() {
    page.querySelectorAll('input[type="text"], input[type="date"]').forEach((input) => {
      input.value = "";
    });
  }

  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return; // guichet.js stops a second one
    if (tell(fields.filter(lacks))) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    try {
      seal();
    } catch {
      event.preventDefault();
      event.stopPropagation();
      const line = document.createElement("li");
      line.textContent = form.dataset.broken;
      summary.querySelector("ul").replaceChildren(line);
      summary.hidden = false;
      summary.focus();
      return;
    }
    forget();
  });
})();
