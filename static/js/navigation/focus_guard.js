// Restores the keyboard focus when the focused element disappears; browsers would move it to the top of the page.

import { isRendered } from "../lib/dom.js";

const FALLBACKS = ["#text", "#timeline", "#main"];
/** @type {Element | null} */
let last = null;

/** @param {Element} element */
function isGone(element) {
  return !element.isConnected || !isRendered(element);
}

function restoreFocus() {
  if (!last || document.activeElement !== document.body || !isGone(last)) return;
  last = null;
  // On touch screens focusing the text box would open the keyboard.
  const first = matchMedia("(pointer: fine)").matches ? 0 : 1;
  for (const selector of FALLBACKS.slice(first)) {
    const found = document.querySelector(selector);
    if (found instanceof HTMLElement && isRendered(found)) return found.focus({ preventScroll: true });
  }
}

document.addEventListener("focusin", ({ target }) => (last = target instanceof Element ? target : null));
// A pointer may take the focus away on purpose.
document.addEventListener("pointerdown", () => (last = null));
const watched = { subtree: true, childList: true, attributeFilter: ["hidden"] };
new MutationObserver(restoreFocus).observe(document.body, watched);
