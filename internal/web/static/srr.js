// Keeps a page live: times become "9 min ago", and what the server sends
// replaces parts of the page. Pages work without this.

const main = document.getElementById("main");
const mark = document.getElementById("live");
const at = document.getElementById("at");

const words = [[60, "s", 1], [3600, "min", 60], [172800, "h", 3600], [Infinity, "d", 86400]];

function span(seconds) {
  const s = Math.max(0, Math.abs(seconds));
  const [, unit, size] = words.find(([limit]) => s < limit);
  return Math.floor(s / size) + " " + unit;
}

// The clock of the server, as far as the page tells it.
const skew = new Date(at.dateTime) - Date.now();

function tell(time) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.valueOf())) return;
  const seconds = (Date.now() + skew - moment) / 1000;
  if ("age" in time.dataset) {
    time.textContent = Math.max(0, Math.floor(seconds)) + " s";
    return;
  }
  if (!time.title) time.title = moment.toLocaleString() + " (" + moment.toISOString() + ")";
  if ("clock" in time.dataset) return;
  const text = seconds > -2 ? span(Math.max(0, seconds)) + " ago" : "in " + span(seconds);
  if (time.textContent !== text) time.textContent = text;
}

function tellAll(root) {
  for (const t of root.querySelectorAll("time")) tell(t);
}

// The markup comes from this server, which escapes all that is not its own.
function parse(html) {
  const t = document.createElement("template");
  t.innerHTML = html;
  return t.content;
}

function sameKind(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");
}

// Makes an element like another one and touches only what differs, so that
// focus, selection, scrolling and opened details stay.
function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  for (const a of [...from.attributes]) {
    if (!to.hasAttribute(a.name) && a.name !== "open" && a.name !== "title") from.removeAttribute(a.name);
  }
  for (const a of to.attributes) {
    if (from.getAttribute(a.name) !== a.value && a.name !== "open") from.setAttribute(a.name, a.value);
  }
  children(from, to);
}

function children(from, to) {
  const named = new Map();
  for (const c of from.children) if (c.id) named.set(c.id, c);
  let have = from.firstChild;
  for (const want of [...to.childNodes]) {
    if (want.id && named.has(want.id)) {
      const old = named.get(want.id);
      if (old !== have) from.insertBefore(old, have);
      else have = have.nextSibling;
      morph(old, want);
    } else if (have && sameKind(have, want) && !have.id) {
      const next = have.nextSibling;
      morph(have, want);
      have = next;
    } else {
      from.insertBefore(want, have);
    }
  }
  while (have) {
    const next = have.nextSibling;
    have.remove();
    have = next;
  }
}

function flash(element) {
  element.classList.remove("changed");
  void element.offsetWidth;
  element.classList.add("changed");
}

function state(word, text) {
  mark.dataset.state = word;
  mark.textContent = text;
}

function apply(message) {
  if (message.main) {
    children(main, parse(message.main));
    tellAll(main);
  }
  for (const [id, html] of Object.entries(message.parts ?? {})) {
    const old = document.getElementById(id);
    const next = parse(html).getElementById(id);
    if (!old || !next) continue;
    morph(old, next);
    tellAll(old);
    flash(old);
  }
  main.dataset.hash = message.hash;
  at.textContent = new Date(Date.now() + skew).toISOString().slice(0, 19).replace("T", " ") + "Z";
}

let source;

function watch() {
  if (source || document.hidden) return;
  const query = new URLSearchParams({ view: main.dataset.view, hash: main.dataset.hash });
  source = new EventSource("/live?" + query);
  source.onopen = () => state("on", "live");
  source.addEventListener("page", (e) => apply(JSON.parse(e.data)));
  source.onerror = () => {
    state("lost", "not live: " + document.querySelector("header .menu summary b").textContent + " does not answer; this is how it was");
    // A new one, because it must say what the page shows by now.
    leave();
    setTimeout(watch, 1000 + Math.random() * 1000);
  };
}

function leave() {
  source?.close();
  source = null;
}

// Nobody looks at a hidden page: the node makes nothing for it, and calls nothing.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) leave();
  else if (main.dataset.view) watch();
});
addEventListener("pagehide", leave);

tellAll(document);
setInterval(() => tellAll(main), 1000);
if (main.dataset.view) watch();
