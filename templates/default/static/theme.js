// Before anything is drawn: that there are scripts, and the scheme that the reader has chosen.
(function (root) {
  root.classList.add("js");
  try {
    var chosen = localStorage.getItem("publisher-theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch (error) { /* no storage in some private windows */ }
})(document.documentElement);
