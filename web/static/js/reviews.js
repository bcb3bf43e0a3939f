// Keys of the review pages: 1…9 and 0 choose an answer (they do not send it), Enter sends it, j and k go to the next and the previous
// question, u takes the last answer back. Everything has a button too.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.shortcuts === "off") return;
  const at = event.target;
  const form = document.querySelector("form[data-review]");
  if (at instanceof HTMLElement && (at.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== "radio"))) return;
  if (event.key === "j" || event.key === "k") {
    document.querySelector(`.page-actions a[rel="${event.key === "j" ? "next" : "prev"}"]`)?.click();
    return;
  }
  if (event.key === "u") {
    document.querySelector("form[data-take-back]")?.requestSubmit();
    return;
  }
  if (event.key === "Enter" && form?.querySelector("input[name=answer]:checked") && !(at instanceof HTMLElement && at.closest("a, button, summary"))) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  const choice = /^[0-9]$/.test(event.key) && form?.querySelector(`input[data-key="${event.key}"]`);
  if (!choice) return;
  event.preventDefault();
  choice.checked = true;
  choice.focus();
});
