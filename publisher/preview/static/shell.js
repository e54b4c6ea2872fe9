// Shows pages in a sandbox, for this origin holds more than the site. It follows their links and
// the channel for them. What a page says is not to be trusted: an address is only ever one below
// the preview's root, a title only text.
(function () {
  "use strict";

  const own = document.currentScript;
  const root = new URL("../", own.src);
  // A token of the server (BinderHub appends it) is not for the page, nor for who copies the address.
  const bare = new URL(location.href);
  bare.searchParams.delete("token");
  if (bare.href !== location.href) history.replaceState(history.state, "", bare);
  const LONGEST = 5000; // ms for a page to say that it is there
  let current = null; // the frame that is seen
  let next = null; // the one that will be
  let kept = null; // where the reader was on what `next` shows
  let late = 0;

  const page = ({ pathname }) => /(^|\/)([^/.]*|[^/]*\.html?)$/i.test(pathname);

  // An address below the root, or null.
  function below(address) {
    try {
      const url = new URL(String(address), location.href);
      return url.origin === root.origin && url.pathname.startsWith(root.pathname) ? url : null;
    } catch (error) {
      return null;
    }
  }

  // Load the page of this window's address; what is shown stays until it is there.
  function load(place) {
    const url = new URL(location.href);
    url.search += (url.search ? "&" : "?") + "_page";
    next?.remove();
    next = document.createElement("iframe");
    next.className = "next";
    next.title = "Page";
    next.setAttribute("sandbox", own.dataset.sandbox);
    next.src = url.href;
    kept = place;
    document.body.append(next);
    clearTimeout(late);
    late = setTimeout(show, LONGEST);
  }

  function show() {
    clearTimeout(late);
    if (!next) return;
    const focused = !current || document.activeElement === current;
    next.className = "";
    current?.remove();
    [current, next] = [next, null];
    if (focused) current.focus();
  }

  function go(url, place) {
    if (!page(url)) {
      location.assign(url);
      return;
    }
    const here = new URL(location.href);
    history.replaceState(place, "");
    history.pushState(null, "", url);
    shift(here, null);
  }

  // The address has changed: show its page, or its place on the page that is there.
  function shift(before, place) {
    const after = new URL(location.href);
    const same = before.pathname === after.pathname && before.search === after.search;
    if (same && after.hash && !next) current.contentWindow.postMessage({ scroll: after.hash }, "*");
    else load(place);
    at = after;
  }

  function download(url, name) {
    const link = document.createElement("a");
    link.href = url.href;
    link.download = name;
    link.click();
  }

  let at = new URL(location.href);
  addEventListener("popstate", ({ state }) => shift(at, state));

  const worker = (() => {
    const url = new URL("channel.js", own.src);
    return "SharedWorker" in window ? new SharedWorker(url).port : new Worker(url);
  })();
  worker.onmessage = ({ data }) => {
    [current, next].forEach((frame) => frame?.contentWindow.postMessage({ news: data }, "*"));
  };
  addEventListener("pagehide", () => worker.postMessage({ bye: true }));

  addEventListener("message", ({ source, data }) => {
    const frame = [current, next].find((each) => each && each.contentWindow === source);
    if (!frame || typeof data !== "object" || data === null) return;
    if ("hello" in data) {
      const { run, number } = data.hello || {};
      source.postMessage({ kept: frame === next ? kept : null }, "*");
      worker.postMessage({ run: String(run), number: Number(number) });
      document.title = String(data.title).slice(0, 500);
      if (frame === next) show();
    } else if (frame === current) {
      const url = "go" in data ? below(data.go) : null;
      if ("reload" in data) load(data.place);
      else if (url && "download" in data) download(url, String(data.download).slice(0, 200));
      else if (url && "replace" in data) {
        history.replaceState(null, "", url);
        load(null);
      } else if (url) go(url, data.place);
    }
  });

  load(history.state);
})();
