// What of a page some people cannot use, as far as a program can tell (WCAG 2.2,
// level AA: 1.1.1, 1.3.1, 1.4.3, 2.4.2, 2.4.3, 3.1.1, 4.1.2). A list of texts.
(() => {
  const bad = [];
  const say = (what, e) => bad.push(what + (e ? ": " + e.outerHTML.slice(0, 140) : ""));
  const visible = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".skip:not(:focus)");

  if (!document.documentElement.lang) say("the page has no language");
  if (!document.title) say("the page has no title");
  if (document.querySelectorAll("main").length !== 1) say("the page has not one main part");
  if (document.querySelectorAll("h1").length !== 1) say("the page has not one first heading");
  let level = 0;
  for (const h of document.querySelectorAll("h1,h2,h3,h4")) {
    const l = Number(h.nodeName[1]);
    if (l > level + 1) say("a heading is skipped", h);
    level = l;
  }
  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) {
    if (ids.has(e.id)) say("an id is there twice", e);
    ids.add(e.id);
  }
  for (const e of document.querySelectorAll("img:not([alt])")) say("a picture has no text", e);
  for (const e of document.querySelectorAll("[role=img]:not([aria-label])")) say("a drawing has no text", e);
  for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) say("the order of the keyboard is changed", e);
  for (const e of document.querySelectorAll("input:not([type=hidden]),select,textarea")) {
    if (!e.labels?.length && !e.ariaLabel) say("a field has no label", e);
  }
  for (const e of document.querySelectorAll("a,button,summary")) {
    if (visible(e) && !e.textContent.trim() && !e.ariaLabel) say("a link or button has no text", e);
  }
  for (const t of document.querySelectorAll("table")) if (!t.querySelector("th")) say("a table has no heading", t);
  for (const e of document.querySelectorAll("main *")) {
    const scrolls = e.scrollWidth > e.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
    if (scrolls && e.tabIndex < 0 && !e.querySelector("a,button,input")) say("what scrolls cannot be reached by keyboard", e);
  }

  const ctx = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    ctx.clearRect(0, 0, 1, 1);
    ctx.fillStyle = color;
    ctx.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = ctx.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = (e) => {
    const layers = [];
    for (; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) layers.unshift(c);
      if (c[3] === 1) break;
    }
    return layers.reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = (c) => {
    const [r, g, b] = c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.nodeValue.trim() || e.closest("svg,option,script") || !visible(e) || seen.has(e)) continue;
    seen.add(e);
    const style = getComputedStyle(e);
    const back = ground(e);
    const text = rgba(style.color);
    text[3] *= Number(style.opacity);
    const [a, b] = [light(over(text, back)), light(back)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5)) say("contrast " + contrast.toFixed(2), e);
  }
  return bad;
})()
