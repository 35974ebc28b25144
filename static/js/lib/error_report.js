const MAX_LOCATIONS = 8;
const MAX_PER_MINUTE = 5;
const MINUTE_MS = 60_000;
const NAME = /^[A-Za-z]{1,40}$/;

/**
 * An error without anything personal: no message, no address of a page, of the stack only places in our own files.
 *
 * @typedef {{ name: string, at: string[] }} ErrorReport `at`: `messages/markup.js:12:5`, the innermost first
 */

/**
 * Describes an error; null for one that is not of our files (a browser extension's).
 *
 * @param {unknown} error what was thrown
 * @param {string} base address of the folder that holds our scripts, with a slash at the end
 * @param {string} [place] `address:line:column`, for errors without a stack (SyntaxError)
 * @returns {ErrorReport | null}
 */
export function describe(error, base, place = "") {
  const { name, stack } = error instanceof Error ? error : { name: "", stack: "" };
  const at = [...new Set([...locations(stack ?? "", base), ...locations(place, base)])].slice(0, MAX_LOCATIONS);
  return at.length ? { name: NAME.test(name) ? name : "Error", at } : null;
}

/**
 * The places of our scripts in a stack, of any browser's format. Names come without the hash of their content.
 *
 * @param {string} stack
 * @param {string} base
 */
function locations(stack, base) {
  return stack.split(base).slice(1).flatMap((rest) => {
    const found = /^([a-z_]+(?:\/[a-z_]+)*)(?:\.[0-9a-f]{12})?\.js:(\d{1,6}):(\d{1,6})/.exec(rest);
    return found ? [`${found[1]}.js:${found[2]}:${found[3]}`] : [];
  });
}

/** Limits reports: each error once a page, and at most five a minute. */
export class ReportLimit {
  /** @type {Set<string>} */
  #known = new Set();
  /** @type {number[]} */
  #times = [];

  /**
   * @param {ErrorReport} report
   * @param {number} now in milliseconds
   */
  allows({ name, at }, now) {
    const key = `${name} ${at[0]}`;
    this.#times = this.#times.filter((time) => now - time < MINUTE_MS);
    if (this.#known.has(key) || this.#times.length >= MAX_PER_MINUTE) return false;
    this.#known.add(key);
    this.#times.push(now);
    return true;
  }
}
