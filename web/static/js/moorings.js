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

// Open menus (<details class="menu">) close on Escape and on a click elsewhere; a question (<details class="confirm">) on Escape within it.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const asked = event.target instanceof Element ? event.target.closest("details.confirm[open]") : null;
  for (const menu of asked ? [asked] : openMenus()) {
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

// A form that is on its way is not sent again by a second Enter or click: the first answer counts. What answers with a file leaves the
// page standing, so the form can be sent again after some seconds; and after coming back to the page at once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 10_000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A message of a failed request in the background goes when the next one is sent.
document.addEventListener("htmx:before:request", () => {
  for (const old of document.querySelectorAll("#flashes [data-passing]")) old.remove();
});

// Five minutes before an unused session ends, say so, and let it be kept (WCAG 2.2.1). Every request of this page counts as use.
const idle = Number(document.body.dataset.sessionIdleS ?? 0) * 1000;
let warning = 0;
const warnLater = () => {
  clearTimeout(warning);
  if (idle > 0) warning = setTimeout(warn, Math.max(idle - 5 * 60 * 1000, 1000));
};
const warn = () => {
  const notice = document.createElement("div");
  notice.className = "notice notice-warning";
  const words = document.createElement("span");
  words.textContent = "You will be signed out in five minutes, because nothing was done here for long. ";
  const stay = document.createElement("button");
  stay.type = "button";
  stay.className = "btn btn-sm btn-primary";
  stay.textContent = "Stay signed in";
  stay.addEventListener("click", async () => {
    const answer = await fetch("/api/v1/me");
    if (!answer.ok) return location.reload();
    notice.remove();
    warnLater();
  });
  notice.append(words, stay);
  document.getElementById("flashes")?.append(notice);
};
warnLater();
document.addEventListener("htmx:after:request", warnLater);

// A form that came back with errors begins at its summary, one that came back with an answer (what would change) at the answer.
(document.getElementById("error-summary") ?? document.querySelector("[data-answer]"))?.focus();
showCopyButtons(document);
document.addEventListener("htmx:after:swap", () => showCopyButtons(document));
// An answer that was waited for takes the focus that went with what it replaced, or that nothing had.
document.addEventListener("htmx:after:swap", () => {
  if (document.activeElement === document.body) document.querySelector("[data-answer]")?.focus();
});
