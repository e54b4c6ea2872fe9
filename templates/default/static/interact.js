// Controls whose states are in the page: what they show is swapped, as a kernel would do it.
(() => {
  "use strict";
  const at = {}; // the position of each control
  const known = {}; // each control by the id of its model
  const groups = [...document.querySelectorAll("script.interact-data")].map((script) => {
    const group = JSON.parse(script.textContent);
    group.controls.forEach((control) => {
      at[control.id] ??= control.at;
      known[control.id] = Object.assign(known[control.id] || {}, control);
    });
    group.full = !group.slots.includes(-1);
    group.go ||= {};
    return group;
  });
  const all = (name, value, root = document) => root.querySelectorAll(`[${name}="${CSS.escape(value)}"]`);

  // The table of states: mixed radix, the first control being the most significant.
  const index = (group, vector) => vector.reduce((sum, p, n) => sum * group.controls[n].size + p, 0);
  const vectorOf = (group) => group.controls.map((control) => at[control.id]);

  // The positions that a control may take, given those before it.
  function domain(group, n, vector) {
    const every = [...Array(group.controls[n].size).keys()];
    if (group.full) return every;
    const stride = group.controls.slice(n + 1).reduce((product, c) => product * c.size, 1);
    const head = vector.slice(0, n);
    const base = head.reduce((sum, p, k) => sum * group.controls[k].size + p, 0);
    return every.filter((p) => {
      const from = (base * every.length + p) * stride;
      const some = group.slots.slice(from, from + stride).some((slot) => slot >= 0);
      return some || group.go[`${n}:${[...head, p]}`];
    });
  }

  // Where a move of one control leads: observers may have set others.
  function target(group, n, position) {
    const vector = vectorOf(group);
    vector[n] = position;
    Object.entries(group.go[`${n}:${vector.slice(0, n + 1)}`] || {}).forEach(([k, p]) => (vector[k] = p));
    for (let k = n + 1; k < vector.length; k++) {
      const allowed = domain(group, k, vector);
      if (!allowed.includes(vector[k]) && allowed.length)
        vector[k] = allowed.reduce((a, b) => (Math.abs(b - vector[k]) < Math.abs(a - vector[k]) ? b : a));
    }
    return vector;
  }

  function move(id, position) {
    at[id] = position;
    for (const group of groups) {
      const n = group.controls.findIndex((control) => control.id === id);
      if (n < 0) continue;
      const vector = target(group, n, position);
      if (group.slots[index(group, vector)] < 0) continue;
      vector.forEach((p, k) => (at[group.controls[k].id] = p));
      show(group, vector);
    }
    groups.forEach((group) => (group.links || []).forEach(([from, to]) => follow(id, from, to)));
  }

  // What the page itself keeps equal: jslink.
  function follow(id, from, to) {
    if (from !== id || !known[to]?.values) return;
    const position = known[to].values.indexOf(known[from].values[at[from]]);
    if (position >= 0 && position !== at[to]) move(to, position);
  }

  function show(group, vector) {
    group.controls.forEach((control, n) => place(group, n, vector));
    group.rows[group.slots[index(group, vector)]].forEach((content, n) =>
      all("data-region", group.regions[n]).forEach((region) => swap(region, group.number, content)),
    );
    setTimeout(preload, 60, group, vector);
  }

  // Let a control show where it is.
  function place(group, n, vector) {
    const control = known[group.controls[n].id];
    const allowed = domain(group, n, vector);
    const position = vector[n];
    all("data-control", control.id).forEach((element) => {
      const { type } = element;
      if (element.dataset.part) {
        const ends = pairs(control);
        element.value = ends.indexOf(control.pair[position][element.dataset.part]);
        element.setAttribute("aria-valuetext", ends[element.value]);
      } else if (type === "range") {
        element.allowed = allowed;
        element.max = allowed.length - 1;
        element.value = allowed.indexOf(position);
        element.setAttribute("aria-valuetext", control.texts[position]);
      } else if (type === "number") {
        element.value = control.values[position];
        element.min = control.values[allowed[0]];
        element.max = control.values[allowed.at(-1)];
      } else if (type === "radio") {
        element.checked = +element.value === position;
        element.parentElement.hidden = !allowed.includes(+element.value);
      } else if (type === "checkbox") element.checked = position === 1;
      else if (type === "button") element.setAttribute("aria-pressed", position === 1);
      else {
        element.every ||= [...element.options];
        element.replaceChildren(...allowed.map((p) => element.every.find((o) => +o.value === p)));
        element.value = position;
      }
      const readout = element.closest(".control").querySelector(".readout");
      if (readout) readout.textContent = control.texts[position];
    });
  }

  function pairs(control) {
    control.pair ||= control.values;
    return (control.ends ||= [...new Set(control.pair.flat())].sort((a, b) => a - b));
  }

  // The position that an element asks for.
  function asked(element, control) {
    if (element.dataset.part) {
      const ends = pairs(control);
      const pair = [...control.pair[at[control.id]]];
      const part = +element.dataset.part;
      pair[part] = ends[element.value];
      if (pair[0] > pair[1]) pair[part] = pair[1 - part];
      return control.pair.findIndex((p) => p[0] === pair[0] && p[1] === pair[1]);
    }
    if (element.type === "range") return element.allowed ? element.allowed[element.value] : +element.value;
    if (element.type === "number") {
      const far = (p) => Math.abs(control.values[p] - element.value);
      return control.values.reduce((best, _, p) => (far(p) < far(best) ? p : best), 0);
    }
    if (element.type === "checkbox") return +element.checked;
    if (element.type === "button") return 1 - at[control.id];
    return +element.value;
  }

  // Another content in a region, once its pictures are there; the height stays what it was.
  function swap(region, number, content) {
    const now = region.wanted ?? region.dataset.first;
    if (`${content}` === `${now}`) return;
    region.first ||= [...region.childNodes];
    region.wanted = content;
    const own = `${content}` === region.dataset.first;
    const template = all("data-content", `${number}-${content}`)[0];
    const fresh = own ? null : document.importNode(template.content, true);
    const images = fresh ? [...fresh.querySelectorAll("img")] : [];
    images.forEach((image) => (image.loading = "eager"));
    const put = () => {
      if (region.wanted !== content) return;
      const high = Math.max(region.offsetHeight, parseFloat(region.style.minHeight) || 0);
      region.style.minHeight = `${high}px`;
      if (fresh) caption(region, fresh);
      region.replaceChildren(...(fresh ? [fresh] : region.first));
      if (fresh) window.publisherLive?.scan?.(region);
    };
    if (images.length) Promise.allSettled(images.map((image) => image.decode())).then(put);
    else put();
  }

  // The caption of a figure is that of all its states.
  function caption(region, fresh) {
    const figures = fresh.querySelectorAll("figure.image");
    region.first.forEach((node) => {
      const own = node.querySelector?.("figcaption");
      if (own && figures.length) figures[0].append(own.cloneNode(true));
    });
  }

  // Fetch the pictures that one step leads to.
  const fetched = new Set();
  function preload(group, vector) {
    vector.forEach((p, n) =>
      [p - 1, p + 1].forEach((next) => {
        if (next < 0 || next >= group.controls[n].size) return;
        const row = group.rows[group.slots[index(group, target(group, n, next))]] || [];
        row.forEach((content) => {
          const name = `${group.number}-${content}`;
          if (fetched.has(name)) return;
          fetched.add(name);
          const images = all("data-content", name)[0]?.content.querySelectorAll("img") || [];
          images.forEach((image) => (new Image().src = image.getAttribute("src")));
        });
      }),
    );
  }

  // A Play moves its own slider; where it ends it stands, or begins again.
  function player(box) {
    const slider = box.querySelector("input");
    const control = known[slider.dataset.control];
    const [back, toggle, on] = box.querySelectorAll("[data-play]");
    let timer = 0;
    const set = (playing) => {
      clearInterval(timer);
      timer = playing ? setInterval(tick, +box.dataset.interval) : 0;
      toggle.textContent = playing ? "Pause" : "Play";
    };
    const step = (by) => {
      const next = at[control.id] + by;
      const inside = next >= 0 && next < control.size;
      if (inside) move(control.id, next);
      return inside;
    };
    const tick = () => {
      if (step(1)) return;
      if ("loops" in box.dataset) move(control.id, 0);
      else set(false);
    };
    back.addEventListener("click", () => { set(false); step(-1); });
    on.addEventListener("click", () => { set(false); step(1); });
    toggle.addEventListener("click", () => {
      if (!timer && at[control.id] === control.size - 1) move(control.id, 0);
      set(!timer);
    });
    slider.addEventListener("input", () => set(false));
    if ("starts" in box.dataset && !matchMedia("(prefers-reduced-motion: reduce)").matches) set(true);
  }

  document.querySelectorAll("[data-control]").forEach((element) => {
    const control = known[element.dataset.control];
    if (!control || "off" in element.dataset) return;
    element.disabled = false;
    const act = () => {
      const position = asked(element, control);
      if (position >= 0 && position !== at[control.id]) move(control.id, position);
      else if (element.dataset.part) element.value = pairs(control).indexOf(control.pair[at[control.id]][element.dataset.part]);
    };
    if (element.dataset.part) control.pair = control.values;
    if (element.type === "button") element.addEventListener("click", act);
    else {
      const late = "late" in element.dataset || !["range", "number"].includes(element.type);
      element.addEventListener(late || element.type === "number" ? "change" : "input", act);
      if (late && element.type === "range")
        element.addEventListener("input", () => {
          const readout = element.closest(".control").querySelector(".readout");
          if (readout && control.texts) readout.textContent = control.texts[asked(element, control)];
        });
    }
  });
  document.querySelectorAll(".control.play").forEach((box) => {
    if (!known[box.querySelector("input").dataset.control]) return;
    box.querySelectorAll("button").forEach((button) => (button.disabled = false));
    player(box);
  });
  groups.forEach((group) => {
    const vector = vectorOf(group);
    group.controls.forEach((control, n) => place(group, n, vector));
    group.controls.forEach((control) =>
      all("data-control", control.id).forEach((element) =>
        ["focus", "pointerenter"].forEach((kind) =>
          element.addEventListener(kind, () => preload(group, vectorOf(group)), { once: true }),
        ),
      ),
    );
  });
  // The tab that was open: tabs are made before, and open their first.
  document.querySelectorAll(".tab[data-chosen]").forEach((panel) => {
    if (!panel.parentElement.querySelector(":target")) document.getElementById(`${panel.id}-tab`)?.click();
  });
  document.querySelectorAll(".interact").forEach((box) => box.classList.add("ready"));
  addEventListener("resize", () =>
    document.querySelectorAll("[data-region]").forEach((region) => (region.style.minHeight = "")),
  );
})();
