// Draws a figure of Plotly.
publisherLive.plotly = (target, { data, layout = {}, frames = [], config = {} }) => {
  target.style.height = `${layout.height ?? 450}px`;
  return Plotly.newPlot(target, { data, layout, frames, config: { responsive: true, ...config } });
};
