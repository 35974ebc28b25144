const LATEST_MS = 100;

/** A function that does `work` once with the next frame, however often it is called; a hidden page has no frames. */
export function soon(work) {
  let waiting = false;
  const once = () => {
    if (waiting) work();
    waiting = false;
  };
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(once);
    setTimeout(once, LATEST_MS);
  };
}
