// What a page does beyond links and forms. Without it everything still works, but for copying with one press.
"use strict";

const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
document.body.append(status);
reveal();
follow();
addEventListener("hashchange", follow);

// Of the list of a transcript's questions, the one that is read.
function follow() {
  const links = [...document.querySelectorAll(".contents a")];
  const here = links.find((each) => location.hash && each.hash === location.hash);
  if (!here) return;
  for (const each of links) each.removeAttribute("aria-current");
  here.setAttribute("aria-current", "true");
  here.closest("ol").scrollTop = here.closest("li").offsetTop - 40;
}

function reveal() {
  for (const button of document.querySelectorAll("[data-copy], [data-copy-link]")) button.hidden = false;
}

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

// A field that is left empty makes no filter: addresses stay short enough to share.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form.ask")) return;
  const filled = [...event.formData].filter(([, value]) => value !== "");
  for (const name of [...event.formData.keys()]) event.formData.delete(name);
  for (const [name, value] of filled) event.formData.append(name, value);
});

// From one ask page to the next only `main` is changed, which is quicker than a new document. The page is the one that
// its address gives, a problem as well as an answer; where none comes, the browser goes there by itself. By then the
// server has given up, which it tells with each page: a question that is asked again waits for its turn anew.
const PATIENCE_MS = Number(document.currentScript.dataset.patience) || 30000;
// Whoever waits longer sees that. A style that changes at once would draw frames while the answer is found.
const SLOW_MS = 400;
const MOST_KEPT = 20;
const kept = new Map(); // address -> what stood there, for the way back
let shown = addressOf(location);
let going = null;

function addressOf(place) {
  return place.pathname + place.search;
}

function isAsked(place) {
  return location.pathname === "/" && place.origin === location.origin && place.pathname === "/" && !place.hash;
}

async function go(place) {
  going?.abort();
  const mine = new AbortController();
  const patience = setTimeout(() => mine.abort(), PATIENCE_MS);
  const slow = setTimeout(() => document.querySelector("main").setAttribute("aria-busy", "true"), SLOW_MS);
  going = mine;
  const page = await fetched(place, mine.signal);
  clearTimeout(patience);
  clearTimeout(slow);
  if (going !== mine) return;
  going = null;
  if (!page) {
    location.assign(place);
    return;
  }
  const address = addressOf(place);
  history[address === shown ? "replaceState" : "pushState"](null, "", address);
  turnTo({ main: page.querySelector("main"), title: page.title, feeds: feedsOf(page) });
  scrollTo(0, 0);
}

async function fetched(place, signal) {
  try {
    const sent = await fetch(place, { signal, redirect: "error", headers: { Accept: "text/html" } });
    if (!sent.headers.get("Content-Type").startsWith("text/html")) return null;
    const page = new DOMParser().parseFromString(await sent.text(), "text/html");
    return page.querySelector("main") && madeWith(page) === madeWith(document) ? page : null;
  } catch {
    return null;
  }
}

// The style and the script of a page: after an upgrade they are others, and the page as it was does not go with them.
// What a browser's extension puts beside them is no part of it.
function madeWith(page) {
  const own = page.querySelectorAll('link[rel=stylesheet][href^="/assets/"], script[src^="/assets/"]');
  return [...own].map((each) => each.getAttribute("href") ?? each.getAttribute("src")).join();
}

function feedsOf(page) {
  return [...page.head.querySelectorAll("link[rel=alternate]")];
}

function turnTo(next) {
  const main = document.querySelector("main");
  const focus = main.contains(document.activeElement) ? document.activeElement : null;
  const feeds = feedsOf(document);
  kept.delete(shown);
  kept.set(shown, { main, title: document.title, feeds, focus });
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  shown = addressOf(location);
  main.replaceWith(next.main);
  main.removeAttribute("aria-busy");
  // What was typed belongs to the page it led to.
  for (const form of main.querySelectorAll("form")) form.reset();
  document.title = next.title;
  for (const feed of feeds) feed.remove();
  document.head.append(...next.feeds);
  reveal();
  // A reader goes on from what was found, one who comes back from where they left.
  (next.focus ?? next.main.querySelector("[autofocus], [tabindex='-1']"))?.focus({ preventScroll: true });
}

function leave() {
  going?.abort();
  going = null;
  document.querySelector("main").removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented) return;
  const place = new URL(link.getAttribute("href"), location);
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!plain) return;
  if (isAsked(place)) {
    event.preventDefault();
    go(place);
  } else if (addressOf(place) !== shown) leave();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const place = new URL(form.getAttribute("action"), location);
  if (form.method !== "get" || !isAsked(place)) return;
  event.preventDefault();
  place.search = new URLSearchParams(new FormData(form));
  go(place);
});

addEventListener("pagehide", leave);
addEventListener("popstate", () => {
  leave();
  if (addressOf(location) === shown) return;
  const before = kept.get(addressOf(location));
  if (before) turnTo(before);
  else location.reload();
});
