// Outputs that are alive: each loads what draws it, once a page, when it comes near.
// `publisherLive.KIND = (target, data, element) => …` draws those of a kind; it may be async.
(() => {
  const live = (window.publisherLive ||= {});
  live.data ||= {}; // of figures with much of it, by name: put here by scripts of theirs
  const loading = {};
  const load = (url) =>
    (loading[url] ||= new Promise((done, failed) => {
      const sheet = /\.css$|^data:text\/css/.test(url);
      const element = document.createElement(sheet ? "link" : "script");
      if (sheet) element.rel = "stylesheet";
      element[sheet ? "href" : "src"] = url;
      element.onload = done;
      element.onerror = () => failed(new Error(`${url.slice(0, 200)} cannot be loaded`));
      document.head.append(element);
    }));
  // In a page that is one file, what is loaded stands where it is named first.
  const named = {};
  const whole = (live.address = (url) => named[url] ?? url);
  const part = (element, name) => element.querySelector(`:scope > ${name}`);
  const draw = async (element) => {
    if (element.dataset.state) return;
    element.dataset.state = "loading";
    const fallback = part(element, ".fallback");
    const target = document.createElement("div");
    target.className = "drawn";
    try {
      for (const { name, value } of [...element.attributes])
        if (/^data-src\d*$/.test(name)) await load(whole(value));
      const given = element.dataset.key;
      const data = given ? live.data[given] : JSON.parse(part(element, "script").textContent);
      fallback?.setAttribute("hidden", "");
      element.append(target);
      await live[element.dataset.live](target, data, element);
      element.dataset.state = "drawn";
    } catch (error) {
      target.remove();
      fallback?.removeAttribute("hidden");
      element.dataset.state = "failed";
      if (fallback) live.scan(fallback);
      console.error(error);
    }
  };
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        draw(target);
      }
    },
    { rootMargin: "400px" },
  );
  // Look for outputs to draw: in the page, or in what was put into it since.
  live.scan = (root = document) =>
    root.querySelectorAll(".live[data-live]:not([data-state])").forEach((element) => {
      for (const { value } of element.attributes) if (value.startsWith("data:")) named[value.slice(value.indexOf("#"))] ||= value;
      const drawn = element.parentElement.closest('.live[data-live="widget"]:not([data-state="failed"]) > .fallback'); // by the widget
      if (!drawn) near.observe(element);
    });
  live.load = load;
  live.scan();
})();
