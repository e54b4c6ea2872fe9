// Draws a chart of Vega or Vega-Lite. Expressions are interpreted: pages need not allow `eval`.
publisherLive.vega = async (target, { spec, options }) => {
  if (spec.width === "container") target.classList.add("wide");
  await vegaEmbed(target, spec, { ast: true, actions: { export: true }, ...options });
  target.querySelector("summary")?.setAttribute("aria-label", "Save this chart");
};
