// Before anything is drawn: there are scripts, and the scheme that was chosen.
(function (root) {
  root.classList.add("js");
  try {
    var chosen = localStorage.getItem("publisher-theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch (error) { /* no storage in some private windows */ }
})(document.documentElement);
