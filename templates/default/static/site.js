// Opened from disk, a link to a folder would list its files: open its page instead.
(function () {
  "use strict";
  if (location.protocol !== "file:") return;
  document.querySelectorAll("a[href], area[href]").forEach(function (link) {
    var parts = /^([^?#]*)([^]*)$/.exec(link.getAttribute("href"));
    var path = parts[1];
    if (/^([a-z][a-z0-9+.-]*:|[\\/])/i.test(path)) return; // another site, or not relative
    if (/(^|\/)\.\.?$/.test(path)) path += "/";
    if (path.slice(-1) === "/") link.setAttribute("href", path + "index.html" + parts[2]);
  });
})();
