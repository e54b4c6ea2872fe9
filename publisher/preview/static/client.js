// What a page gains in the preview: it shows each edition, where the reader was, and what failed.
// It hears of editions from a worker that all tabs share, or, in the sandbox, from the shell.
(function () {
  "use strict";

  const about = document.currentScript.dataset;
  const script = document.currentScript.src;
  const root = new URL(about.up || "./", location.href);
  const framed = "files" in about; // in the sandbox: no storage, no channel of its own
  const KEPT = "publisher-preview";
  const STYLE = "client.css"; // put in as it is sent
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  // ---- The reader's place: what is at the top of the window, open, chosen, scrolled and in focus.

  const BLOCKS = "h1,h2,h3,h4,h5,h6,p,li,pre,table,tr,figure,blockquote,summary,dt,dd,img,svg,math,div";
  const SCROLLED = "pre,div,nav,table,section,aside,ul";

  // Names an element so that it is found on the page as it will be: by its id, else by what it says.
  function name(element) {
    const words = (node) => node.textContent.slice(0, 200);
    if (element.id) return { id: element.id };
    const alike = all(element.localName).filter((each) => words(each) === words(element));
    return { tag: element.localName, text: words(element), nth: alike.indexOf(element) };
  }

  function find({ id, tag, text, nth }) {
    if (id) return document.getElementById(id);
    const alike = all(tag).filter((each) => each.textContent.slice(0, 200) === text);
    return alike[nth] || alike[0];
  }

  function visible() {
    const within = document.querySelector("main") || document.body;
    const found = [];
    for (const element of all(BLOCKS, within)) {
      const { top, bottom, height } = element.getBoundingClientRect();
      const inView = height && bottom > 0 && top < innerHeight;
      if (inView && (top >= 0 || element.localName !== "div")) found.push([name(element), top]);
      if (found.length === 8) break;
    }
    return found;
  }

  function place() {
    const chosen = "input[type=radio],input[type=checkbox]";
    return {
      scroll: [scrollX, scrollY],
      anchors: scrollY > 0 ? visible() : [],
      folds: all("details").map((each, at) => [each.id || at, each.open]),
      chosen: all(chosen).map((each, at) => [each.id || at, each.checked]),
      tabs: all("[role=tab][aria-selected=true]").map((each) => each.id),
      boxes: all(SCROLLED)
        .filter((each) => each.scrollLeft || each.scrollTop)
        .map((each) => [name(each), each.scrollLeft, each.scrollTop]),
      focus: document.activeElement?.matches("body, " + HOST) === false ? name(document.activeElement) : null,
      dismissed,
    };
  }

  function restore(kept) {
    dismissed = kept.dismissed;
    try {
      unfold(kept);
      scrollBack(kept);
    } finally {
      document.documentElement.style.removeProperty("visibility");
    }
    if (kept.focus) find(kept.focus)?.focus({ preventScroll: true });
    // Pictures of unknown size move what follows, until the reader does.
    let moved = false;
    ["wheel", "touchmove", "keydown", "pointerdown"].forEach((event) => {
      addEventListener(event, () => { moved = true; }, { once: true, passive: true });
    });
    addEventListener("load", () => { if (!moved) scrollBack(kept); }, { once: true });
  }

  function unfold(kept) {
    const each = (selector, pairs, set) => all(selector).forEach((element, at) => {
      const pair = pairs.find(([key]) => key === (element.id || at));
      if (pair) set(element, pair[1]);
    });
    each("details", kept.folds, (element, open) => { element.open = open; });
    each("input[type=radio],input[type=checkbox]", kept.chosen, (element, on) => {
      if (element.checked !== on) element.click();
    });
    kept.tabs.forEach((id) => {
      const tab = document.getElementById(id);
      if (tab?.getAttribute("aria-selected") === "false") tab.click();
    });
    kept.boxes.forEach(([key, left, top]) => find(key)?.scrollTo({ left, top, behavior: "instant" }));
  }

  function scrollBack({ scroll: [left, top], anchors }) {
    const [anchor] = anchors
      .map(([key, before]) => [find(key), before])
      .filter(([element]) => element?.getClientRects().length);
    const down = anchor ? scrollY + anchor[0].getBoundingClientRect().top - anchor[1] : top;
    scrollTo({ left, top: down, behavior: "instant" });
  }

  // ---- What is on this page, and whether it has changed.

  const known = new Map(about.digest ? [[about.page, about.digest]] : []); // digests by path

  function pathOf(address) {
    const url = new URL(address, document.baseURI);
    if (!url.href.startsWith(root.href)) return null;
    try {
      const path = decodeURIComponent(url.pathname.slice(root.pathname.length));
      return path === "" || path.endsWith("/") ? path + "index.html" : path;
    } catch (error) {
      return null;
    }
  }

  function shown() {
    if (framed) return [about.page, ...JSON.parse(about.files)];
    const addresses = performance.getEntriesByType("resource").map((entry) => entry.name);
    all("img,iframe,video,audio,embed").forEach((each) => addresses.push(each.currentSrc || each.src));
    return [about.page, ...addresses.filter(Boolean).map(pathOf)];
  }

  // The files that this address would lead to.
  function wanted() {
    const path = pathOf(location.href);
    return [path, `${path}.html`, `${path}/index.html`];
  }

  function isStale({ digests, whole, since = [] }) {
    const missing = about.page === "404.html";
    if (missing && wanted().some((path) => digests[path] && path !== about.page)) return true;
    let stale = false;
    new Set(shown()).forEach((path) => {
      if (path === null || (!whole && !(path in digests))) return;
      const now = digests[path] ?? null;
      if (whole && !known.has(path)) known.set(path, now);
      if (known.get(path) !== now || since.includes(path)) stale = true;
    });
    return stale;
  }

  let leaving = false;

  function reload() {
    if (leaving) return;
    if (document.hidden) {
      document.addEventListener("visibilitychange", reload, { once: true });
      return;
    }
    leaving = true;
    leave(place());
  }

  // ---- The channel.

  const hello = { run: about.run, number: Number(about.edition) };
  let leave = null; // shows the page anew, and the reader's place on it

  function connect() {
    const url = new URL("channel.js", script);
    const worker = "SharedWorker" in window ? new SharedWorker(url) : new Worker(url);
    const port = worker.port || worker;
    port.onmessage = ({ data }) => take(data);
    port.postMessage(hello);
    addEventListener("pagehide", () => port.postMessage({ bye: true }));
    addEventListener("pageshow", ({ persisted }) => persisted && port.postMessage(hello));
    leave = (place) => {
      sessionStorage.setItem(KEPT, JSON.stringify({ ...place, of: location.pathname }));
      history.scrollRestoration = "manual";
      location.reload();
    };
  }

  function kept() {
    const found = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    sessionStorage.removeItem(KEPT);
    if (found?.of !== location.pathname) return null;
    // The browser would scroll by itself as long as the page loads; later visits may have that.
    addEventListener("pagehide", () => { if (!leaving) history.scrollRestoration = "auto"; });
    return found;
  }

  // In the sandbox the shell does what this page may not: it follows links, and the channel.
  function connectToShell() {
    const say = (what) => parent.postMessage(what, "*");
    leave = (place) => say({ reload: true, place });
    addEventListener("message", ({ source, data }) => {
      if (source !== parent) return;
      if (data.news) take(data.news);
      if (data.kept) restore(data.kept);
      if (data.scroll) location.replace(data.scroll);
    });
    addEventListener("click", (event) => follow(event, say));
    const refresh = document.querySelector("meta[data-refresh]");
    say({ hello, title: document.title });
    if (refresh) say({ go: new URL(refresh.dataset.refresh, document.baseURI).href, replace: true });
  }

  function follow(event, say) {
    const link = event.composedPath().find((each) => each.localName === "a" && each.href);
    if (!link || event.defaultPrevented || event.button) return;
    const href = String(link.href.baseVal ?? link.href);
    const url = new URL(href, document.baseURI);
    url.searchParams.delete("_page"); // links to places on this page have it
    const inside = url.href.startsWith(root.href);
    if (!/^https?:$/.test(url.protocol)) return;
    if (!inside || link.target === "_blank" || event.ctrlKey || event.metaKey || event.shiftKey) {
      link.target = "_blank";
      link.rel = "noopener";
      return;
    }
    event.preventDefault();
    const name = link.getAttribute("download");
    say({ go: url.href, place: place(), ...(name === null ? {} : { download: name }) });
  }

  function explainSearch() {
    const button = document.querySelector(".search-button");
    if (!button) return;
    button.disabled = true;
    button.title = "The search works on the published site, and in a preview on your own computer";
  }

  let last = {};

  function take(news) {
    if (news.lost) {
      last = { ...last, lost: true };
    } else {
      last = news;
      if (isStale(news)) reload();
    }
    draw(last);
  }

  // ---- What is said of it: a badge in the corner, and a panel if this page failed.

  const HOST = "publisher-preview";
  const host = make(HOST, {});
  const badge = make("div", { class: "badge", role: "status", hidden: "" });
  const panel = make("section", { class: "panel", tabindex: -1, "aria-labelledby": "title", hidden: "" });
  let dismissed = ""; // the troubles that the reader has closed
  let told = ""; // what the panel shows
  let before = null; // what had the focus

  const fileOf = (url) => (url === "" || url.endsWith("/") ? url + "index.html" : url);
  const upTo = (url) => root.href + url.split("/").map(encodeURIComponent).join("/");
  const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const plain = (text) => text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");
  const where = ({ path, line, cell }) =>
    [path && (line ? `${path}:${line}` : path), cell && `cell ${cell}`].filter(Boolean).join(" · ");

  const ofAll = ({ url }) => url === null;
  const titleOf = (troubles) => `${troubles.some(ofAll) ? "The site" : "This page"} could not be built`;

  function isHere({ url }) {
    if (url === null) return true;
    return fileOf(url) === about.page || (about.page === "404.html" && wanted().includes(fileOf(url)));
  }

  function setUp() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const shadow = host.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(badge, panel);
    document.documentElement.append(host);
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !panel.hidden) close();
    });
  }

  function draw({ lost, building, running = [], troubles = [], warnings = [], warned = 0 }) {
    host.dataset.edition = last.number;
    host.dataset.theme = document.documentElement.dataset.theme || "";
    const here = troubles.filter(isHere);
    const others = troubles.filter((trouble) => !isHere(trouble));
    const key = here.length ? JSON.stringify(here) : "";
    if (!key) dismissed = "";
    if (key && key !== dismissed) {
      if (key !== told) open(key, "alertdialog", titleOf(here), here);
    } else if (told && told !== "notes") {
      close();
    }
    drawBadge({ lost, building, running, others, warnings, warned, again: key && key === dismissed ? here : [] });
  }

  function drawBadge({ lost, building, running, others, warnings, warned, again }) {
    const parts = [];
    if (lost) parts.push("The preview has stopped");
    else if (running.length) parts.push(...runningOf(running));
    else if (building) parts.push("building");
    if (again.length) {
      const what = again.some(ofAll) ? "the site failed" : "this page failed";
      parts.push(button(what, () => open(dismissed, "alertdialog", titleOf(again), again)));
    }
    if (others.length) parts.push(`${count(others.length, "page")} failed: `, link(others[0]));
    if (warned) {
      const title = count(warned, "warning") + (warned > warnings.length ? `, the first ${warnings.length}` : "");
      parts.push(button(count(warned, "warning"), () => open("notes", "dialog", title, warnings)));
    }
    const separated = parts.flatMap((part, at) =>
      (at && !String(parts[at - 1]).endsWith(": ") ? [" · ", part] : [part]));
    badge.classList.toggle("busy", Boolean(building || running.length) && !lost);
    const text = separated.map((part) => part.textContent ?? part).join("");
    if (badge.textContent === text && badge.hidden === !text) return;
    badge.replaceChildren(...separated);
    badge.hidden = !text;
  }

  function runningOf([{ source, cell, cells }, ...more]) {
    const at = cell ? ` · cell ${cell} of ${cells}` : "";
    return [`running ${source}${at}${more.length ? ` (and ${more.length} more)` : ""}`];
  }

  function link({ path, url }) {
    return make("a", { href: upTo(url) }, path || url);
  }

  function button(text, act) {
    const made = make("button", { type: "button" }, text);
    made.addEventListener("click", act);
    return made;
  }

  function open(key, role, title, troubles) {
    const away = button("Close", close);
    before = panel.hidden ? document.activeElement : before;
    told = key;
    panel.setAttribute("role", role);
    panel.classList.toggle("notes", role === "dialog");
    panel.replaceChildren(away, make("h2", { id: "title" }, title), ...troubles.map(trouble));
    panel.hidden = false;
    panel.focus({ preventScroll: true });
  }

  function trouble(problem) {
    const at = where(problem);
    return make(
      "div", { class: "trouble" },
      make("p", { class: "message" }, plain(problem.message)),
      at ? make("p", { class: "place" }, at) : null,
      problem.hint ? make("p", { class: "hint" }, plain(problem.hint)) : null,
      problem.detail ? make("pre", { tabindex: 0 }, plain(problem.detail)) : null,
    );
  }

  function close() {
    const here = (last.troubles || []).filter(isHere);
    if (here.length && told !== "notes") dismissed = JSON.stringify(here);
    told = "";
    panel.hidden = true;
    panel.replaceChildren();
    before?.focus?.({ preventScroll: true });
    draw(last);
  }

  // ----

  // A page within a page of the preview is that one's matter.
  function isWithin() {
    try {
      return parent !== window && parent.document.querySelector("script[data-edition]") !== null;
    } catch (error) {
      return false; // of another origin
    }
  }

  // Nothing is drawn until the reader's place is found: the old page stays till then.
  const found = framed || isWithin() ? null : kept();
  if (found) document.documentElement.style.visibility = "hidden";

  document.addEventListener("DOMContentLoaded", () => {
    if (isWithin()) return;
    setUp();
    if (framed) {
      explainSearch();
      if (parent !== window) connectToShell();
      return;
    }
    connect();
    if (found) restore(found);
  });
})();
