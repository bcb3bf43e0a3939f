// The scan desk: a scanner types faster than a server answers. Each Enter or Tab puts the tag into a queue and empties the field at once;
// the queue is sent one by one, so that no line is lost and the order stays. A line that did not reach the server is sent again: the
// server answers the same tag of the same clerk with "already scanned" and takes nothing twice.
const form = document.querySelector("form[data-desk]");
if (form) {
  const field = form.elements.namedItem("tag");
  const lines = document.getElementById("desk-lines");
  const said = document.getElementById("desk-said");
  const waiting = document.getElementById("desk-waiting");
  const soundButton = document.getElementById("desk-sound");
  const queue = [];
  let busy = false;
  let sound = true;
  let speaker = null;

  const beep = (good) => {
    if (!sound || !window.AudioContext) return;
    try {
      speaker ??= new AudioContext();
      if (speaker.state !== "running") return;
      const tone = speaker.createOscillator();
      const volume = speaker.createGain();
      tone.frequency.value = good ? 880 : 220;
      volume.gain.value = 0.08;
      tone.connect(volume).connect(speaker.destination);
      tone.start();
      tone.stop(speaker.currentTime + (good ? 0.09 : 0.3));
    } catch {
      sound = false;
    }
  };

  const count = () => {
    const left = queue.length;
    waiting.hidden = left === 0;
    waiting.querySelector("b").textContent = String(left);
  };

  const show = (told, asked) => {
    asked?.remove();
    lines.insertAdjacentHTML("afterbegin", told.html);
    said.textContent = told.message;
    document.getElementById("desk-ok").textContent = String(told.counts.ok);
    document.getElementById("desk-look").textContent = String(told.counts.look);
    beep(told.good);
  };

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  const send = async (entry) => {
    const answer = await fetch("/loans/desk", { method: "POST", body: entry.data, headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok && answer.status < 500 && answer.status !== 429) {
      const refused = new Error(`The server refused ${entry.tag} (${answer.status}). Reload the page and scan it again.`);
      refused.final = true;
      throw refused;
    }
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json(), entry.asked);
  };

  const work = async () => {
    if (busy) return;
    busy = true;
    let wait = 500;
    while (queue.length) {
      try {
        await send(queue[0]);
        queue.shift();
        wait = 500;
      } catch (error) {
        if (error.final) {
          said.textContent = error.message;
          beep(false);
          queue.shift();
        } else {
          said.textContent = `The server does not answer; ${queue.length} waiting. Trying again.`;
          await pause(wait);
          wait = Math.min(wait * 2, 8000);
        }
      }
      count();
    }
    busy = false;
  };

  const put = (data, tag, asked) => {
    queue.push({ data, tag, asked });
    count();
    work();
  };

  const take = () => {
    const tag = field.value.trim();
    if (!tag) return;
    const data = new URLSearchParams(new FormData(form));
    data.set("tag", tag);
    field.value = "";
    put(data, tag);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey && field.value.trim()) {
      event.preventDefault();
      take();
    }
  });
  lines.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-asks]")) return;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(event.target));
    put(data, data.get("tag"), event.target.closest("li"));
    field.focus();
  });
  // What is typed (or scanned) while nothing else takes text belongs into the field.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
    if (event.target instanceof HTMLElement && event.target.closest("input:not([type=checkbox]), textarea, select, [popover]")) return;
    event.stopPropagation();
    field.focus();
  }, true);
  addEventListener("beforeunload", (event) => {
    if (queue.length) event.preventDefault();
  });
  soundButton.hidden = false;
  soundButton.addEventListener("click", () => {
    sound = !sound;
    soundButton.setAttribute("aria-pressed", String(sound));
    field.focus();
  });
  field.focus();
}
