// What the page does beside htmx: files that are dropped, focus after a page was replaced, local times, keys of the wizard.
"use strict";

document.addEventListener("htmx:afterSettle", (event) => {
  // A page was replaced without loading: whoever reads by ear, or moves by keyboard, begins at its top.
  if (event.detail.boosted && event.detail.target === document.body) {
    const main = document.getElementById("main");
    if (main && !document.activeElement.closest("main")) main.focus({ preventScroll: true });
  }
});

document.addEventListener("htmx:load", (event) => {
  // Times stand in UTC; here they are written as the browser's reader writes them, in their time zone.
  for (const time of event.detail.elt.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    const local = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    if (time.textContent === time.title) time.textContent = local;
    time.title = local;
  }
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest && event.target.closest("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) {
      const input = zone.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=file][data-submit]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-submit-form]")) event.target.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target) || event.target.closest("a")) menu.removeAttribute("open");
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    navigator.clipboard.writeText(document.querySelector(copier.dataset.copy).value).then(() => {
      copier.nextElementSibling.textContent = "copied";
    });
  }
});
