// Safari lays the on-screen keyboard over the page instead of shrinking it: style sheets get the visible height.

const root = document.documentElement;
const viewport = globalThis.visualViewport;

/** @param {VisualViewport} visible */
function fit({ height, scale }) {
  const covered = root.clientHeight - height;
  // A magnified page is smaller for another reason.
  const hasKeyboard = scale === 1 && covered > 1;
  if (hasKeyboard) root.style.setProperty("--seen-height", `${height}px`);
  else root.style.removeProperty("--seen-height");
  if (hasKeyboard) scrollTo(0, 0);
}

viewport?.addEventListener("resize", () => fit(viewport));
