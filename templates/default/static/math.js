// Formulas are copied as their TeX.
(() => {
  const delimited = (math) => {
    const tex = math.getAttribute("alttext");
    if (math.getAttribute("display") !== "block") return `$${tex}$`;
    return /^\\begin\{(equation|align|gather|multline|flalign|eqnarray)/.test(tex) ? tex : `$$${tex}$$`;
  };
  const around = (node) => {
    const element = node.closest ? node : node.parentElement;
    return element?.closest("math[alttext]");
  };
  document.addEventListener("copy", (event) => {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed || !event.clipboardData) return;
    const range = selection.getRangeAt(0).cloneRange();
    const [first, last] = [around(range.startContainer), around(range.endContainer)];
    if (first) range.setStartBefore(first); // half a formula is none
    if (last) range.setEndAfter(last);
    const copy = document.createElement("div");
    copy.append(range.cloneContents());
    const formulas = copy.querySelectorAll("math[alttext]");
    if (!formulas.length) return;
    event.clipboardData.setData("text/html", copy.innerHTML);
    formulas.forEach((math) => math.replaceWith(delimited(math)));
    copy.style.cssText = "position: fixed; left: -9999px; white-space: normal";
    document.body.append(copy); // only what is laid out has lines
    event.clipboardData.setData("text/plain", copy.innerText);
    copy.remove();
    event.preventDefault();
  });
})();
