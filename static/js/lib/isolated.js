/**
 * Runs `work` and returns its result. An error it throws is reported as uncaught (`window.onerror`), and the caller
 * goes on with `undefined`.
 *
 * @template T
 * @param {() => T} work
 * @returns {T | undefined}
 */
export function isolated(work) {
  try {
    return work();
  } catch (error) {
    reportError(error);
    return undefined;
  }
}
