import { language } from "./language.js";

/** @import { PongFrame } from "../transport/frames.d.ts" */

const DAY_MS = 24 * 3600_000;
const SAMPLES_KEPT = 10;
const LATENCIES_KEPT = 30;
const hour = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });

/** The server's time, estimated from pings, shown in the reader's time zone. */
export class Clock {
  /** @type {Array<{ roundTrip: number, offset: number }>} */
  #samples = [];
  /** @type {number[]} */
  #latencies = [];
  #isNewConnection = false;

  /** On a new connection. Old samples count until its first pong, which replaces them: clocks may have jumped. */
  restart() {
    this.#isNewConnection = true;
  }

  /** The `t` of a ping. Monotonic: the wall clock may jump before the pong. */
  timestamp() {
    return performance.now();
  }

  /** @param {PongFrame} frame */
  onPong({ t, time }) {
    const roundTrip = performance.now() - t;
    if (this.#isNewConnection) this.#samples = [];
    this.#isNewConnection = false;
    this.#latencies = [...this.#latencies, roundTrip].slice(-LATENCIES_KEPT);
    this.#samples.push({ roundTrip, offset: time + roundTrip / 2 - Date.now() });
    this.#samples = this.#samples.slice(-SAMPLES_KEPT);
  }

  /** Milliseconds to add to this machine's clock, by the pong with the shortest round trip: its error is smallest. */
  get offset() {
    const [best] = [...this.#samples].sort((one, other) => one.roundTrip - other.roundTrip);
    return best?.offset ?? 0;
  }

  /** Number of pongs behind `latency`. */
  get pings() {
    return this.#latencies.length;
  }

  /** Mean round trip in milliseconds. */
  get latency() {
    return this.#latencies.reduce((sum, one) => sum + one, 0) / this.#latencies.length;
  }

  now() {
    return new Date(Date.now() + this.offset);
  }

  /**
   * Shows the time of day in a `<time>` element.
   *
   * @param {HTMLTimeElement} element
   * @param {string | number} at ISO 8601, or milliseconds since 1970
   */
  show(element, at) {
    const moment = new Date(at);
    element.dateTime = moment.toISOString();
    element.textContent = hour.format(moment);
    element.title = whole.format(moment);
  }

  /**
   * The day of a moment in words; equal for two moments of one day.
   *
   * @param {string} at ISO 8601
   */
  day(at) {
    const midnight = new Date(at).setHours(0, 0, 0, 0);
    const days = Math.round((midnight - this.now().setHours(0, 0, 0, 0)) / DAY_MS);
    return days === 0 || days === -1 ? relative.format(days, "day") : date.format(midnight);
  }
}
