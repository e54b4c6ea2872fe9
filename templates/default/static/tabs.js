// Sections that stand one after the other become tabs, those with one key together.
// The pattern: https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
(function () {
  "use strict";
  const followers = [];

  function set(element, attributes) {
    for (const key in attributes) element.setAttribute(key, attributes[key]);
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
    const keys = panels.map((panel) => panel.dataset.sync);
    const bar = set(document.createElement("div"), { role: "tablist" });
    const select = (chosen) => tabs.forEach((tab, index) => {
      set(tab, { "aria-selected": index === chosen, tabindex: index === chosen ? 0 : -1 });
      panels[index].hidden = index !== chosen && "until-found";
    });
    const choose = (index) => {
      select(index);
      if (keys[index]) followers.forEach((follow) => follow(keys[index]));
    };
    followers.push((key) => keys.includes(key) && select(keys.indexOf(key)));
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
