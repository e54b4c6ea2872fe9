// Just as much of AMD as the files of other widgets (`nbextensions/NAME/index.js`) want.

const full = (address) => new URL(window.publisherLive.address(address), document.baseURI).href;

/** A loader of modules by name: what their scripts define, their `modules` at hand. */
export function amd(modules) {
  const defined = new Map(); // by the address of the script, each by the name of its part
  const sources = new Map(); // addresses by name
  const made = new Map();

  function define(...given) {
    const factory = given.pop();
    const names = Array.isArray(given.at(-1)) ? given.at(-1) : ["require", "exports", "module"];
    const { src } = document.currentScript;
    if (!defined.has(src)) defined.set(src, {});
    defined.get(src)[window.publisherLive.part ?? ""] = { names, factory };
  }
  define.amd = {};

  // Other scripts must not see it: those that know AMD would be found nowhere.
  const isOurs = (script) => script && [...document.querySelectorAll('.live[data-live="widget"]')].some((element) => others.of(element).includes(script.src));
  Object.defineProperty(window, "define", {
    configurable: true,
    get: () => (isOurs(document.currentScript) ? define : undefined),
  });

  /** Make a module, or the part of its script that has a name: a module that it wants. */
  function make(name, part = "") {
    const source = sources.get(name);
    const parts = defined.get(source) ?? {};
    if (!parts[part]) throw new Error(`the module ${name} is not there`);
    const { names, factory } = parts[part];
    const module = { id: name, uri: source, exports: {} };
    const require = (wanted) => {
      if (wanted in modules) return modules[wanted];
      if (wanted && Object.hasOwn(parts, wanted)) return (parts[wanted].made ??= make(name, wanted));
      throw new Error(`${name} wants ${wanted}, which is not there`);
    };
    const known = { require, module, exports: module.exports };
    const value = typeof factory === "function" ? factory(...names.map((wanted) => known[wanted] ?? require(wanted))) : factory;
    return value ?? module.exports;
  }

  const others = async (name) => {
    if (!made.has(name)) made.set(name, make(name));
    return made.get(name);
  };
  /** The addresses of the scripts that a view wants besides ours. */
  others.of = (element) =>
    [...element.attributes].filter(({ name }) => /^data-src\d+$/.test(name)).map(({ value }) => full(value));
  /** Note which modules a view wants: the numbers of their scripts by name. */
  others.named = (wanted, element) => {
    for (const [name, number] of Object.entries(wanted))
      sources.set(name, full(element.getAttribute(`data-src${number}`)));
  };
  return others;
}
