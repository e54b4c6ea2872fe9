// What stands in the place of a widget of another package as long as that draws nothing.

const LOOKS = [100, 500, 2000, 5000]; // in milliseconds; no observer tells of what a canvas is given

/** Whether nothing was drawn on a canvas. */
function isBlank(canvas) {
  const { width, height } = canvas;
  if (!width || !height) return true;
  try {
    const copy = new OffscreenCanvas(width, height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    return !copy.getImageData(0, 0, width, height).data.some(Boolean);
  } catch {
    return false; // it shows a picture of another site, which nobody may read
  }
}

/** Whether nothing of a widget is to be seen; of one in a closed tab, whether it has nothing. */
function isEmpty(element) {
  if (element instanceof HTMLCanvasElement) return isBlank(element);
  const isShown = element.getClientRects().length > 0;
  const hasSize = ({ width, height }) => width > 0 && height > 0;
  const isSeen = (inner) => !isShown || inner.shadowRoot || hasSize(inner.getBoundingClientRect());
  const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  return !hasText && ![...element.querySelectorAll(":not(style, script)")].some(isSeen);
}

/** Say what is the matter with a widget, where it was said to need scripts. */
export function fail(notice) {
  const name = notice?.textContent.match(/^(.*): this widget needs JavaScript\.$/s)?.[1];
  if (name) notice.textContent = `The widget ${name} cannot be shown here.`;
}

/** Keep an element until something of a widget is to be seen. A `notice` in it tells why it stays. */
export function keep(element, widget, notice) {
  const looks = LOOKS.map((wait, number) => setTimeout(() => look(number === LOOKS.length - 1), wait));
  const look = (last) => {
    if (isEmpty(widget)) {
      element?.toggleAttribute("hidden", widget.classList.contains("lm-mod-hidden")); // in a tab
      if (last) fail(notice);
      return;
    }
    element?.remove();
    changes.disconnect();
    looks.forEach(clearTimeout);
  };
  const changes = new MutationObserver(() => look(false));
  changes.observe(widget, { attributes: true, characterData: true, childList: true, subtree: true });
  look(false);
}
