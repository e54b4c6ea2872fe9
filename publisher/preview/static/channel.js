// One stream of events for all tabs: a browser opens only six to one server.
"use strict";

const REMEMBERED = 2000; // changes, for pages that were sent before them
const ports = new Set();
let state = null; // the last event
let digests = {}; // of all files, by their paths
let changes = []; // [number of the edition, path], the oldest first
let pause = 200; // ms until the next try

function tell(news) {
  ports.forEach((port) => port.postMessage(news));
}

function open() {
  const source = new EventSource("events");
  source.onmessage = ({ data }) => {
    pause = 200;
    take(JSON.parse(data));
  };
  source.onerror = () => {
    source.close();
    tell({ lost: true });
    setTimeout(open, pause);
    pause = Math.min(2 * pause, 5000);
  };
}

function take(news) {
  if (state?.run !== news.run) changes = [];
  if (news.whole) digests = {};
  const changed = Object.entries(news.digests);
  if (!news.whole) changed.forEach(([path]) => changes.push([news.number, path]));
  changes.splice(0, changes.length - REMEMBERED);
  changed.forEach(([path, digest]) => {
    if (digest === null) delete digests[path];
    else digests[path] = digest;
  });
  state = news;
  tell(news);
}

// A page says which edition it is of: what has changed since may be older on it.
function greet(port, { run, number }) {
  ports.add(port);
  if (!state) return;
  const later = run === state.run ? changes.filter(([at]) => at > number) : [];
  port.postMessage({ ...state, whole: true, digests, since: later.map(([, path]) => path) });
}

function listen(port) {
  port.onmessage = ({ data }) => {
    if (data.bye) ports.delete(port);
    else greet(port, data);
  };
}

self.onconnect = ({ ports: [port] }) => listen(port);
if (!("SharedWorkerGlobalScope" in self)) listen(self); // a worker of one tab
open();
