// What a page does beyond links and forms. Without it everything still works, but for copying with one press.
"use strict";

for (const button of document.querySelectorAll("[data-copy], [data-copy-link]")) {
  button.hidden = false;
}

const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
document.body.append(status);

async function copy(button) {
  const field = button.dataset.copy && document.querySelector(button.dataset.copy);
  const words = field ? field.value : button.dataset.copyLink;
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    // Clipboards are closed to pages that are not https or this machine's: select the words instead.
    if (field) {
      field.closest("details").open = true;
      field.select();
    }
    say(button, field ? "Press Ctrl+C" : words);
    return;
  }
  say(button, "Copied");
}

function say(button, words) {
  const before = button.dataset.label || button.textContent;
  button.dataset.label = before;
  button.textContent = words;
  status.textContent = words;
  setTimeout(() => { button.textContent = before; status.textContent = ""; }, 1600);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-link]");
  if (button) copy(button);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.getElementById("q");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  }
});

// A form that is left empty sends no filter: addresses stay short enough to share.
for (const form of document.querySelectorAll("form.ask")) {
  form.addEventListener("formdata", (event) => {
    const filled = [...event.formData].filter(([, value]) => value !== "");
    for (const name of [...event.formData.keys()]) event.formData.delete(name);
    for (const [name, value] of filled) event.formData.append(name, value);
  });
}
