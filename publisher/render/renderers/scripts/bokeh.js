// Draws a document of Bokeh.
(() => {
  let count = 0;
  const named = (view) => { // its sliders have no names
    const title = view.model.title ?? view.model.name;
    const handles = view.shadow_el?.querySelectorAll('[role="slider"]:not([aria-label])') ?? [];
    for (const handle of handles) if (typeof title === "string") handle.setAttribute("aria-label", title);
    for (const child of view.child_views ?? []) named(child);
  };
  publisherLive.bokeh = async (target, { document: content, roots }) => {
    count += 1;
    const places = {};
    for (const [index, root] of roots.entries()) {
      const place = document.createElement("div");
      place.id = places[root] = `bokeh-${count}-${index}`;
      target.append(place);
    }
    const items = [{ docid: "figure", roots: places, root_ids: roots }];
    const views = await Bokeh.embed.embed_items({ figure: content }, items);
    for (const group of views) for (const view of group.roots ?? group) named(view);
  };
})();
