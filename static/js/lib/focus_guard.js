// Whoever goes by keyboard or listens must not be thrown to the top of the page because what they were at is gone.

const FALLBACKS = ["#text", "#timeline", "#main"];
let last = null;

function isGone(element) {
  return !element.isConnected || !element.checkVisibility();
}

function mend() {
  if (!last || document.activeElement !== document.body || !isGone(last)) return;
  last = null;
  // On a touch screen the box would pull the keyboard up.
  const first = matchMedia("(pointer: fine)").matches ? 0 : 1;
  const found = FALLBACKS.slice(first).map((one) => document.querySelector(one));
  found.find((one) => one?.checkVisibility())?.focus({ preventScroll: true });
}

document.addEventListener("focusin", ({ target }) => (last = target));
// A pointer that lets go of the focus means to.
document.addEventListener("pointerdown", () => (last = null));
new MutationObserver(mend).observe(document.body, { subtree: true, childList: true, attributeFilter: ["hidden"] });
