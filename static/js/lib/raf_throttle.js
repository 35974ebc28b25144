// Hidden pages have no animation frames.
const LATEST_MS = 100;

/**
 * Wraps `work` to run at most once an animation frame, however often the returned function is called.
 *
 * @param {() => void} work
 */
export function rafThrottle(work) {
  let scheduled = false;
  const run = () => {
    if (!scheduled) return;
    scheduled = false;
    work();
  };
  return () => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(run);
    setTimeout(run, LATEST_MS);
  };
}
