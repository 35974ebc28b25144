// Where the keyboard lies over the page instead of making it smaller (Safari), the page is told how much is left.

const root = document.documentElement;
const seen = globalThis.visualViewport;

function fit() {
  const covered = root.clientHeight - seen.height;
  // A page that is magnified is smaller for another reason.
  const keyboard = seen.scale === 1 && covered > 1;
  if (keyboard) root.style.setProperty("--seen-height", `${seen.height}px`);
  else root.style.removeProperty("--seen-height");
  if (keyboard) scrollTo(0, 0);
}

seen?.addEventListener("resize", fit);
