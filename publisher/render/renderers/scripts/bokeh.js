// Draws a document of Bokeh.
(() => {
  let count = 0;
  const words = (html) => new DOMParser().parseFromString(html ?? "", "text/html").body.textContent;
  const named = (view, before) => { // its sliders have no names; those of Panel, a text before them
    const title = (view.model.title ?? view.model.name) || words(before?.model.text).split(":")[0];
    const handles = view.shadow_el?.querySelectorAll('[role="slider"]:not([aria-label])') ?? [];
    for (const handle of handles) if (title && typeof title === "string") handle.setAttribute("aria-label", title);
    const children = view.child_views ?? [];
    for (const [index, child] of children.entries()) named(child, children[index - 1]);
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
