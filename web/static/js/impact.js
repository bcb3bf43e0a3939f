// The picture of a change's impact: one tab stop with arrow keys between the boxes, and zoom. Without this every box is a plain link.
const picture = document.querySelector(".impact-picture");
if (picture) {
  const boxes = [...picture.querySelectorAll(".impact-box")];
  const middle = (box) => {
    const r = box.querySelector("rect");
    return [r.x.baseVal.value, r.y.baseVal.value];
  };
  const stop = (box) => {
    for (const other of boxes) other.setAttribute("tabindex", other === box ? "0" : "-1");
  };
  stop(boxes[0]);
  const towards = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  picture.addEventListener("keydown", (event) => {
    const way = towards[event.key];
    const from = event.target.closest(".impact-box");
    if (!from || !(way || event.key === "Home" || event.key === "End")) return;
    event.preventDefault();
    let best = event.key === "Home" ? boxes[0] : event.key === "End" ? boxes.at(-1) : null;
    if (way) {
      const [x, y] = middle(from);
      let nearest = Infinity;
      for (const box of boxes) {
        const [dx, dy] = [middle(box)[0] - x, middle(box)[1] - y];
        const along = dx * way[0] + dy * way[1];
        const aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
        if (along > 0 && along + 2 * aside < nearest) [nearest, best] = [along + 2 * aside, box];
      }
    }
    if (!best) return;
    stop(best);
    best.focus();
  });
  picture.addEventListener("focusin", (event) => {
    const box = event.target.closest(".impact-box");
    if (box) stop(box);
  });
  const size = [picture.width.baseVal.value, picture.height.baseVal.value];
  let scale = 1;
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const by = Number(button.dataset.zoom);
      scale = by ? Math.min(4, Math.max(0.1, scale * by)) : 1;
      picture.setAttribute("width", size[0] * scale);
      picture.setAttribute("height", size[1] * scale);
    });
  }
}
