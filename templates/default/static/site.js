// What pages gain by scripts; they are read as well without.
(function () {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  function make(name, attributes, text = "") {
    const element = document.createElement(name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    element.textContent = text;
    return element;
  }

  // On disk a folder would list its files: open its page.
  function openPages() {
    if (location.protocol !== "file:") return;
    all("a[href], area[href]").forEach((link) => {
      let [, path, rest] = /^([^?#]*)([^]*)$/.exec(link.getAttribute("href"));
      if (/^([a-z][a-z0-9+.-]*:|[\\/])/i.test(path)) return; // another site
      if (/(^|\/)\.\.?$/.test(path)) path += "/";
      if (path.endsWith("/")) link.setAttribute("href", path + "index.html" + rest);
    });
  }

  // The scheme: the system's, or one by choice.
  function switchTheme() {
    const button = document.querySelector(".theme-switch");
    if (!button) return;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const order = dark ? ["system", "light", "dark"] : ["system", "dark", "light"];
    let theme = root.dataset.theme || "system";
    const say = () => { button.title = button.ariaLabel = "Colour theme: " + theme; };
    button.addEventListener("click", () => {
      theme = order[(order.indexOf(theme) + 1) % 3];
      if (theme === "system") delete root.dataset.theme;
      else root.dataset.theme = theme;
      try {
        localStorage.setItem("publisher-theme", theme);
      } catch (error) { /* then it holds for this page */ }
      say();
    });
    say();
  }

  // A button on each block of code; prompts and answers are not copied.
  function copyCode() {
    if (!navigator.clipboard) return; // plain http has none
    const status = make("p", { role: "status", class: "visually-hidden" });
    document.body.append(status);
    all(".highlight code").forEach((code) => {
      const block = code.closest(".highlight");
      if (block.closest(".output")) return;
      const language = /language-(\S+)/.exec(code.className);
      if (language) block.dataset.language = language[1];
      const button = make("button", { type: "button", class: "copy", title: "Copy" }, "Copy");
      button.addEventListener("click", async () => {
        const say = (text) => {
          status.textContent = text;
          button.classList.toggle("done", text === "Copied");
        };
        const copied = navigator.clipboard.writeText(source(code));
        await copied.then(() => say("Copied"), () => {
          say("Copy failed");
          getSelection().selectAllChildren(code);
        });
        setTimeout(say, 2000, "");
      });
      block.append(button);
    });
  }

  function source(code) {
    const copy = code.cloneNode(true);
    const session = copy.querySelector(".gp");
    all(".gp, .go, .gt, .linenos", copy).forEach((part) => part.remove());
    return session ? copy.textContent.replace(/\n{2,}/g, "\n").trim() : copy.textContent;
  }

  // What scrolls is reached by keyboard; a long sidebar shows where one is.
  function reachScrolling() {
    all(".sidebar [aria-current]").forEach(show);
    all(".output.html, .math.block").forEach((part) => {
      if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    });
  }

  // The section that is read, in the contents.
  function followSections() {
    const places = all(".toc a")
      .map((link) => [link, document.getElementById(link.getAttribute("href").slice(1))])
      .filter(([, heading]) => heading);
    let marked;
    const mark = () => {
      const atEnd = scrollY > 0 && innerHeight + scrollY >= root.scrollHeight - 2;
      const edge = atEnd ? innerHeight : innerHeight / 4;
      const passed = places.filter(([, heading]) => heading.getBoundingClientRect().top < edge);
      const [link] = passed.pop() || [];
      if (link === marked) return;
      if (marked) marked.removeAttribute("aria-current");
      if (link) {
        link.setAttribute("aria-current", "location");
        show(link);
      }
      marked = link;
    };
    if (!places.length) return;
    addEventListener("scroll", mark, { passive: true }); // once a frame
    addEventListener("resize", mark);
    mark();
  }

  // Scroll a list to one of its links.
  function show(link) {
    const list = link.closest("nav");
    const top = link.getBoundingClientRect().top - list.getBoundingClientRect().top;
    if (top < 40 || top > list.clientHeight - 60) list.scrollTop += top - list.clientHeight / 2;
  }

  // The search is fetched once it is asked for.
  function offerSearch() {
    const button = document.querySelector(".search-button");
    if (!button) return;
    let asked = false;
    const open = () => {
      if (asked) return button.dispatchEvent(new Event("search"));
      asked = true;
      const style = make("link", { rel: "stylesheet", href: button.dataset.style });
      const script = make("script", { src: button.dataset.script });
      style.onload = style.onerror = () => document.head.append(script);
      script.onerror = () => { asked = false; };
      document.head.append(style);
    };
    button.addEventListener("click", open);
    addEventListener("keydown", (event) => {
      const held = event.ctrlKey || event.metaKey;
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      const other = held ? event.shiftKey || event.key !== "k" : typing || event.key !== "/";
      if (other || event.altKey) return;
      event.preventDefault();
      open();
    });
  }

  [openPages, switchTheme, copyCode, reachScrolling, followSections, offerSearch].forEach((part) => part());
})();
