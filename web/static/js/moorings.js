// What pages gain by script; each works without it. No inline code anywhere.

// "/" goes to the search field, unless somebody types or has switched single keys off (data-shortcuts="off" on <html>).
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.documentElement.dataset.shortcuts === "off") return;
  const at = event.target;
  if (at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))) return;
  const field = document.getElementById("global-search");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// Open menus (<details class="menu">) close on Escape and on a click elsewhere.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

// Copy buttons are hidden without script; they copy the text of the element they name.
const showCopyButtons = (root) => {
  for (const button of root.querySelectorAll("button[data-copy]")) button.hidden = !navigator.clipboard;
};
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-copy]") : null;
  const source = button && document.getElementById(button.dataset.copy);
  if (!source) return;
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  button.lastChild.textContent = " Copied";
});

// A form that came back with errors begins at its summary.
document.getElementById("error-summary")?.focus();
showCopyButtons(document);
document.addEventListener("htmx:after:swap", () => showCopyButtons(document));
