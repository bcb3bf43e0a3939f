// Keys of the review page: 1…9 and 0 choose an answer (they do not send it), j and k go to the next and the previous question.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.shortcuts === "off") return;
  const at = event.target;
  if (at instanceof HTMLElement && (at.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && at.type !== "radio"))) return;
  if (event.key === "j" || event.key === "k") {
    document.querySelector(`.page-actions a[rel="${event.key === "j" ? "next" : "prev"}"]`)?.click();
    return;
  }
  const choice = /^[0-9]$/.test(event.key) && document.querySelector(`form[data-review] input[data-key="${event.key}"]`);
  if (!choice) return;
  event.preventDefault();
  choice.checked = true;
  choice.focus();
});
