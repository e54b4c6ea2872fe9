// The search: a dialog around Pagefind (https://pagefind.app/docs/api/), fetched when asked for.
(function () {
  "use strict";
  const AT_ONCE = 10; // pages
  const SECTIONS = 3; // of each
  const button = document.querySelector(".search-button");
  const entry = new URL(button.dataset.index, document.baseURI);
  const fromDisk = location.protocol === "file:";

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children);
    return element;
  }

  const input = make("input", {
    type: "search", "aria-label": "Search this site", placeholder: "Search this site",
    autocomplete: "off", spellcheck: "false", enterkeyhint: "go", "aria-controls": "search-results",
  });
  const close = make("button", { type: "button" }, "Close");
  const form = make("form", { role: "search" }, input, close);
  const status = make("p", { role: "status" });
  const list = make("ol", { id: "search-results", role: "list" });
  const more = make("button", { type: "button", class: "more", hidden: "" }, "More results");
  const results = make("div", { class: "search-found" }, list, more);
  const dialog = make("dialog", { class: "search-dialog", "aria-label": "Search" }, form, status, results);
  document.body.append(dialog);

  // Pagefind, once it is here; another try after a failure.
  let pagefind = null;
  function load() {
    pagefind ||= import(entry.href).then(async (module) => {
      await module.options({ baseUrl: new URL("../../", entry).pathname, excerptLength: 28 });
      await module.init();
      return module;
    });
    pagefind.catch(() => { pagefind = null; });
    return pagefind;
  }

  // What is found, unless the words have changed meanwhile.
  let turn = 0;
  let found = [];
  let running = Promise.resolve();
  async function search() {
    const mine = ++turn;
    const words = input.value.trim();
    try {
      const answer = words ? await (await load()).debouncedSearch(words, {}, 120) : { results: [] };
      if (mine !== turn || !answer) return;
      const pages = await read(answer.results.slice(0, AT_ONCE));
      found = (await isThere(words, pages)) ? answer.results : [];
      if (mine !== turn) return;
      list.replaceChildren(...(found.length ? pages.map(item) : []));
      results.scrollTop = 0;
      more.hidden = found.length <= AT_ONCE;
      const count = found.length ? `${found.length} page${found.length > 1 ? "s" : ""} for` : "No page has";
      status.textContent = words && `${count} “${words}”`;
    } catch (error) {
      if (mine === turn) status.textContent = "The search cannot be loaded.";
    }
  }

  function read(part) {
    return Promise.all(part.map((result) => result.data()));
  }

  // For a word that no page has, Pagefind finds pages by its first letters alone. One that is there
  // is in the text of a page found, or else has the stem of one: quoted, it is found by that.
  async function isThere(words, pages) {
    const texts = pages.map((page) => letters(`${page.meta.title} ${page.content}`));
    const rest = letters(words)
      .split(/\s+/)
      .filter((word) => !/\p{Lo}/u.test(word) && !texts.some((text) => text.includes(word)));
    const answers = await Promise.all(rest.map(async (word) => (await load()).search(`"${word}"`)));
    return answers.every((answer) => answer.results.length);
  }

  // As Pagefind compares words: without accents, punctuation and capitals.
  function letters(text) {
    return text.normalize("NFD").replace(/[\p{M}\p{Pd}\p{Pe}\p{Pf}\p{Pi}\p{Po}\p{Ps}]/gu, "").toLowerCase();
  }

  // A page: its title and a passage, and the sections that have most of the words.
  function item(page) {
    const title = page.meta.title || page.url;
    const isTop = (part) => !part.anchor || part.anchor.location === 0 || part.title === title;
    const sections = page.sub_results
      .filter((part) => !isTop(part))
      .sort((a, b) => b.locations.length - a.locations.length)
      .slice(0, SECTIONS);
    const top = page.sub_results.find(isTop) || (sections.length ? null : page);
    const element = make("li", {}, link(title, page.url, top));
    if (sections.length) {
      const parts = sections.map((part) => make("li", {}, link(part.title, part.url, part)));
      element.append(make("ul", { role: "list" }, ...parts));
    }
    return element;
  }

  function link(title, url, part) {
    const element = make("a", { href: url }, make("strong", {}, title));
    if (part) element.append(make("span", {}, ...marked(part.excerpt)));
    return element;
  }

  // Pagefind's passages are HTML whose only elements are marks.
  function marked(html) {
    const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">");
    return html.split(/<\/?mark>/).map((text, at) => (at % 2 ? make("mark", {}, plain(text)) : plain(text)));
  }

  function move(step) {
    const stops = [input, ...results.querySelectorAll("a, .more:not([hidden])")];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
  }

  function open() {
    if (dialog.open) return input.focus();
    dialog.showModal();
    if (fromDisk) return;
    input.select();
    load().catch(() => {}); // said when there are words
  }

  input.addEventListener("input", () => { running = search(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    running.then(() => list.querySelector("a")?.click());
  });
  more.addEventListener("click", async () => {
    const mine = turn;
    const at = list.children.length;
    const items = (await read(found.slice(at, at + AT_ONCE))).map(item);
    if (mine !== turn || list.children.length !== at) return;
    list.append(...items);
    more.hidden = found.length <= list.children.length;
    items[0].querySelector("a").focus();
  });
  dialog.addEventListener("keydown", (event) => {
    const plainKey = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plainKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (plainKey && event.key.length === 1 && event.key !== " " && event.target.matches("a")) {
      input.focus(); // and the letter goes there
    }
  });
  dialog.addEventListener("click", (event) => {
    const away = event.target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (event.target === dialog || away) dialog.close();
  });
  close.addEventListener("click", () => dialog.close());
  button.addEventListener("search", open);

  if (fromDisk) {
    input.hidden = true;
    status.textContent = "This page was opened from a disk, where browsers allow no search. "
      + "It works over http: on the web, or on your computer by “publish preview”.";
  }
  open();
})();
