// Opens the notebook that another page asks for at once.
(function () {
  "use strict";
  const link = document.getElementById(location.hash.slice(1));
  if (link && link.matches("li > a[rel=nofollow]")) location.replace(link.href);
})();
