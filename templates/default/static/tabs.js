// Sections that stand one after the other become tabs, those with one key together.
// The pattern: https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
(function () {
  "use strict";
  const followers = [];

  function set(element, attributes) {
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  function makeTab(panel, id) {
    panel.id ||= id;
    const tab = document.createElement("button");
    tab.textContent = panel.getAttribute("aria-label") || panel.id;
    panel.removeAttribute("aria-label");
    set(panel, { role: "tabpanel", tabindex: 0, "aria-labelledby": `${panel.id}-tab` });
    return set(tab, { role: "tab", type: "button", id: `${panel.id}-tab`, "aria-controls": panel.id });
  }

  function makeTabs(box, number) {
    const panels = [...box.children].filter((child) => child.matches(".tab"));
    const tabs = panels.map((panel, index) => makeTab(panel, `tab-${number}-${index}`));
    const bar = set(document.createElement("div"), { role: "tablist" });
    const select = (chosen) => tabs.forEach((tab, index) => {
      set(tab, { "aria-selected": index === chosen, tabindex: index === chosen ? 0 : -1 });
      if (index === chosen) panels[index].removeAttribute("hidden");
      else panels[index].setAttribute("hidden", "until-found");
    });
    const choose = (index) => {
      select(index);
      const key = panels[index].dataset.sync;
      if (key) followers.forEach((follow) => follow(key));
    };
    followers.push((key) => {
      const index = panels.findIndex((panel) => panel.dataset.sync === key);
      if (index >= 0) select(index);
    });
    tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => choose(index));
      panels[index].addEventListener("beforematch", () => choose(index)); // found, or linked to
    });
    bar.addEventListener("keydown", (event) => {
      const at = tabs.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const index = (to + tabs.length) % tabs.length;
      choose(index);
      tabs[index].focus();
    });
    bar.append(...tabs);
    box.prepend(bar);
    const target = document.querySelector(":target");
    select(Math.max(0, panels.findIndex((panel) => panel.contains(target))));
  }

  document.querySelectorAll(".tab-set").forEach(makeTabs);
})();
