// Draws Jupyter widgets on a page without a kernel, from the state that their notebook saved.
//
// The manager is html-manager's (https://github.com/jupyter-widgets/ipywidgets, BSD-3-Clause), but
// for what it brings JupyterLab's whole output area in: outputs that widgets hold are in the page,
// drawn as all others are. Nothing is asked of another server, and nothing is evaluated.
import * as base from "@jupyter-widgets/base";
import * as controls from "@jupyter-widgets/controls";
import "@jupyter-widgets/controls/css/widgets-base.css";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as output from "@jupyter-widgets/output";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import "@lumino/widgets/style/index.css";
import { amd } from "./amd.js";
import { fail, keep } from "./empty.js";
import { mend } from "./mend.js";
import "./widgets.css";

const live = (window.publisherLive ||= {});
const prepared = new Map(); // by model: what the page holds of it, and the value that it is of

/** A copy of what the page holds of a model, as long as the model has the value that it had. */
function copy(model) {
  const found = prepared.get(model.model_id);
  if (!found || model.get("value") !== found.value) return null;
  return [...found.nodes].map((node) => node.cloneNode(true));
}

/** Fill an element with what the page holds of a model; whether it holds any. */
function fill(view, element) {
  const nodes = copy(view.model);
  if (!nodes) return false;
  element.replaceChildren(...nodes);
  view.displayed.then(() => live.scan?.(element));
  return true;
}

/** Outputs that a widget has caught: drawn in the page. */
class OutputView extends output.OutputView {
  render() {
    super.render();
    this.el.classList.add("jupyter-widgets", "widget-output", "caught");
    fill(this, this.el);
  }
}

/** A view of HTML whose addresses and formulas are ready in the page. */
const ready = (View) =>
  class extends View {
    update(options) {
      if (fill(this, this.content)) return controls.DescriptionView.prototype.update.call(this, options);
      return super.update(options);
    }
  };

const modules = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": {
    ...controls,
    HTMLView: ready(controls.HTMLView),
    HTMLMathView: ready(controls.HTMLMathView),
  },
  "@jupyter-widgets/output": { ...output, OutputView },
};
const others = amd(modules);

class Manager extends ManagerBase {
  formulas = {}; // as HTML, by the texts that hold them
  _rendermime = {
    latexTypesetter: {
      typeset: (element) => {
        const html = Object.hasOwn(this.formulas, element.textContent) && this.formulas[element.textContent];
        if (html) element.innerHTML = html;
      },
    },
  };
  async loadClass(name, module) {
    const found = (modules[module] ?? (await others(module)))[name];
    if (!found) throw new Error(`${module} has no ${name}`);
    return found;
  }
  async create_view(model, options) {
    const view = await super.create_view(model, options);
    mend(view);
    if (!isOurs(model)) view.displayed?.then(() => stand(view));
    return view;
  }
  async _get_comm_info() {
    return {};
  }
  async _create_comm() {
    return { on_msg() {}, on_close() {}, send() {}, close() {} };
  }
}

const isOurs = (model) => model.get("_view_module") in modules;

/** Let what the page says of a widget in a box stand before it until it draws something. */
function stand(view) {
  const nodes = prepared.get(view.model.model_id)?.nodes;
  if (!nodes || !view.el.isConnected || view.el.parentElement.matches(".widgets")) return;
  const notice = Object.assign(document.createElement("p"), { className: "notice" });
  notice.append(...[...nodes].map((node) => node.cloneNode(true)));
  view.el.before(notice);
  keep(notice, view.el, notice);
}

const manager = new Manager();
const saved = {}; // models of the views that were near so far
const awake = new Set(); // those of them that are being made, or are there

/** The ids of the models that a saved one names. */
const named = ({ state }) => [...JSON.stringify(state).matchAll(/"IPY_MODEL_([^"]+)"/g)].map(([, id]) => id);

/** Make the models of a view that are not there yet, and the links whose ends are there by then. */
async function wake(models, texts) {
  for (const [id, model] of Object.entries(models)) {
    if (Object.hasOwn(saved, id)) continue;
    saved[id] = model;
    for (const [key, value] of Object.entries(model.state))
      if (texts.includes(value?.publisher)) model.state[key] = live.data[value.publisher];
  }
  const wanted = {};
  const add = (id) => {
    if (awake.has(id) || !Object.hasOwn(saved, id)) return;
    awake.add(id);
    wanted[id] = saved[id];
    named(saved[id]).forEach(add); // some have no view either, such as the meshes of a scene
  };
  const asleep = Object.keys(saved).filter((id) => !awake.has(id));
  asleep.filter((id) => saved[id].state._view_name).forEach(add);
  asleep.filter((id) => !awake.has(id) && named(saved[id]).every((end) => awake.has(end))).forEach(add);
  await manager.set_state({ version_major: 2, version_minor: 0, state: structuredClone(wanted) });
}

/** Note what the fallback of a view holds of models: as it was, if some of it is alive already. */
function note(element) {
  for (const holder of element.querySelectorAll("[data-model]")) {
    const id = holder.dataset.model;
    const whole = holder.cloneNode(true);
    for (const inner of whole.querySelectorAll(".live[data-state]")) {
      delete inner.dataset.state;
      inner.querySelector(":scope > .drawn")?.remove();
      inner.querySelector(":scope > .fallback")?.removeAttribute("hidden");
    }
    if (!prepared.has(id)) prepared.set(id, { value: saved[id]?.state.value, nodes: whole.childNodes });
  }
}

live.widget = async (target, data, element) => {
  const fallback = element.querySelector(":scope > .fallback");
  fallback?.removeAttribute("hidden"); // until there is something else to see
  Object.assign(manager.formulas, data.formulas);
  others.named(data.modules, element);
  const made = wake(data.state, data.texts ?? []);
  note(element);
  await made;
  const model = await manager.get_model(data.model);
  const view = await manager.create_view(model);
  const notice = fallback?.querySelector(":scope > .notice[data-model]");
  if (view instanceof base.ErrorWidgetView) {
    fail(notice);
    throw new Error(`the widget ${data.model} cannot be drawn`);
  }
  if (!target.isConnected) return; // it was in the fallback of another, which is drawn by now
  if (isOurs(model)) fallback?.remove();
  target.classList.add("widgets");
  Widget.attach(view.luminoWidget, target);
  if (!isOurs(model)) keep(fallback, view.el, notice);
  addEventListener("resize", () => MessageLoop.postMessage(view.luminoWidget, Widget.ResizeMessage.UnknownSize));
};
