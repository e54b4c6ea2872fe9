// What html-manager's views lack for the keyboard and for those who listen.
import * as controls from "@jupyter-widgets/controls";

const set = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes)) element?.setAttribute(name, value);
};
let count = 0;

/** What a control is called. */
const called = (model, otherwise = "") => {
  const text = model.get("description") || model.get("tooltip") || "";
  if (!model.get("description_allow_html")) return text || otherwise;
  return new DOMParser().parseFromString(text, "text/html").body.textContent || otherwise;
};

function slider(view) {
  const handles = [...view.el.querySelectorAll(".noUi-handle")];
  const parts = handles.length > 1 ? ["from", "to"] : [""];
  const tell = () => {
    const name = called(view.model, "Slider");
    handles.forEach((handle, number) => {
      set(handle, { "aria-label": `${name} ${parts[number]}`.trim() });
      const shown = view.readout?.textContent.split(" – ")[number];
      if (shown) set(handle, { "aria-valuetext": shown });
    });
    set(view.readout, { role: "textbox", "aria-label": `${name}: value` });
    if (view.model.get("disabled")) set(view.readout, { "aria-readonly": "true" });
  };
  tell();
  view.listenTo(view.model, "change", () => setTimeout(tell));
}

function play(view) {
  const [start, stop, repeat] = view.el.querySelectorAll("button");
  const tell = () => {
    set(start, { "aria-label": view.model.get("playing") ? "Pause" : "Play" });
    set(repeat, { "aria-pressed": String(view.model.get("repeat")) });
  };
  set(view.el, { role: "group", "aria-label": called(view.model, "Animation") });
  set(stop, { "aria-label": "Stop" });
  set(repeat, { "aria-label": "Repeat" });
  tell();
  view.listenTo(view.model, "change", tell);
}

function radio(view) {
  const name = `radio-${++count}`;
  const tell = () => {
    set(view.container, { role: "radiogroup", "aria-label": called(view.model, "Choice") });
    for (const input of view.container.querySelectorAll("input")) input.name = name; // one stop for the keyboard
  };
  tell();
  view.listenTo(view.model, "change", () => setTimeout(tell));
}

function toggles(view) {
  const tell = () => {
    set(view.buttongroup, { role: "group", "aria-label": called(view.model, "Choice") });
    view.buttongroup.querySelectorAll("button").forEach((button, index) => {
      set(button, { "aria-pressed": String(index === view.model.get("index")) });
    });
  };
  tell();
  view.listenTo(view.model, "change", () => setTimeout(tell));
}

function button(view) {
  const pressed = view instanceof controls.ToggleButtonView;
  const tell = () => {
    if (!view.el.textContent.trim()) set(view.el, { "aria-label": called(view.model, view.model.get("icon") || "Button") });
    if (pressed) set(view.el, { "aria-pressed": String(view.model.get("value")) });
  };
  tell();
  view.listenTo(view.model, "change", () => setTimeout(tell));
}

function progress(view) {
  const tell = () =>
    set(view.progress, {
      role: "progressbar",
      "aria-label": called(view.model, "Progress"),
      "aria-valuemin": view.model.get("min"),
      "aria-valuemax": view.model.get("max"),
      "aria-valuenow": view.model.get("value"),
    });
  tell();
  view.listenTo(view.model, "change", tell);
}

/** Headers of an accordion are buttons. */
function accordion(view) {
  const tell = () => {
    for (const part of view.luminoWidget.collapseWidgets) {
      const [header, content] = part.node.children;
      const open = String(!part.collapsed);
      content.id ||= `fold-${++count}`;
      set(header, { role: "button", tabindex: 0, "aria-expanded": open, "aria-controls": content.id });
    }
  };
  view.el.addEventListener("keydown", (event) => {
    const header = event.target.closest(".jupyter-widget-Collapse-header");
    if (!header || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    header.click();
  });
  tell();
  view.luminoWidget.selection.selectionChanged.connect(() => setTimeout(tell));
  view.displayed.then(() => setTimeout(tell));
}

/** Tabs know their panels, and arrow keys go from one to the next. */
function tabs(view) {
  const { tabBar, tabContents } = view.luminoWidget;
  const tell = () => {
    const labels = tabBar.contentNode.children;
    [...tabContents.widgets].forEach((widget, index) => {
      const label = labels[index];
      if (!label) return;
      label.id ||= `tab-${++count}`;
      widget.node.id ||= `panel-${count}-${index}`;
      const current = index === tabBar.currentIndex;
      set(label, { role: "tab", tabindex: current ? 0 : -1, "aria-selected": String(current), "aria-controls": widget.node.id });
      set(widget.node, { role: "tabpanel", "aria-labelledby": label.id });
    });
  };
  tabBar.contentNode.addEventListener(
    "keydown",
    (event) => {
      const count = tabBar.titles.length;
      const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -tabBar.currentIndex, End: -1 - tabBar.currentIndex };
      if (!(event.key in steps) || !count) return;
      event.preventDefault();
      event.stopPropagation();
      tabBar.currentIndex = (tabBar.currentIndex + steps[event.key] + count) % count;
      setTimeout(() => tabBar.contentNode.children[tabBar.currentIndex]?.focus());
    },
    true,
  );
  // Lumino draws the labels anew whenever it likes.
  new MutationObserver(tell).observe(tabBar.contentNode, { childList: true, subtree: true, attributeFilter: ["class"] });
  view.displayed.then(tell);
}

/** Fields whose label is not theirs in the markup. */
function field(view) {
  for (const input of view.el.querySelectorAll("input, select, textarea"))
    if (!input.labels?.length || !input.labels[0].textContent.trim())
      set(input, { "aria-label": called(view.model, view.model.get("placeholder")?.trim() || "Value") });
}

const MENDED = [
  [controls.AccordionView, accordion],
  [controls.TabView, tabs],
  [controls.BaseIntSliderView, slider],
  [controls.FloatSliderView, slider],
  [controls.FloatRangeSliderView, slider],
  [controls.FloatLogSliderView, slider],
  [controls.IntSliderView, slider],
  [controls.IntRangeSliderView, slider],
  [controls.SelectionSliderView, slider],
  [controls.SelectionRangeSliderView, slider],
  [controls.PlayView, play],
  [controls.RadioButtonsView, radio],
  [controls.ToggleButtonsView, toggles],
  [controls.ButtonView, button],
  [controls.ToggleButtonView, button],
  [controls.ProgressView, progress],
  [controls.ImageView, (view) => set(view.el, { alt: view.model.get("tooltip") || "" })],
  [controls.ValidView, (view) => set(view.icon, { role: "img", "aria-label": view.model.get("value") ? "Valid" : "Not valid" })],
  [controls.DescriptionView, field],
];

/** Give a view what it lacks. */
export function mend(view) {
  const found = MENDED.find(([View]) => View && view instanceof View);
  found?.[1](view);
}
