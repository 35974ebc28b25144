const DAY_MS = 24 * 3600_000;
const SAMPLES_KEPT = 10;
const LATENCIES_KEPT = 30;
const language = document.documentElement.lang;
const hour = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });

/** The server's time, whatever this machine's clock says, shown in the reader's zone. */
export class Clock {
  #samples = [];
  #latencies = [];
  #isNewLine = false;

  /** A new connection: what was measured before stands until its first answer; clocks may have jumped meanwhile. */
  begin() {
    this.#isNewLine = true;
  }

  /** What to put into a ping. Not the wall clock: that may jump before the answer. */
  mark() {
    return performance.now();
  }

  hear({ t, time }) {
    const roundTrip = performance.now() - t;
    if (this.#isNewLine) this.#samples = [];
    this.#isNewLine = false;
    this.#latencies = [...this.#latencies, roundTrip].slice(-LATENCIES_KEPT);
    this.#samples.push({ roundTrip, offset: time + roundTrip / 2 - Date.now() });
    this.#samples = this.#samples.slice(-SAMPLES_KEPT);
  }

  /** Milliseconds to add to this machine's clock. The quickest answer had the least room for error. */
  get offset() {
    const [best] = [...this.#samples].sort((one, other) => one.roundTrip - other.roundTrip);
    return best?.offset ?? 0;
  }

  /** How many answers the mean `latency` (milliseconds there and back) is of. */
  get pings() {
    return this.#latencies.length;
  }

  get latency() {
    return this.#latencies.reduce((sum, one) => sum + one, 0) / this.#latencies.length;
  }

  now() {
    return new Date(Date.now() + this.offset);
  }

  show(element, at) {
    const moment = new Date(at);
    element.dateTime = moment.toISOString();
    element.textContent = hour.format(moment);
    element.title = whole.format(moment);
  }

  /** The day of a moment in words; two moments are of one day when these are the same. */
  day(at) {
    const midnight = new Date(at).setHours(0, 0, 0, 0);
    const days = Math.round((midnight - this.now().setHours(0, 0, 0, 0)) / DAY_MS);
    return days === 0 || days === -1 ? relative.format(days, "day") : date.format(midnight);
  }
}
