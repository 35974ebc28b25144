const BURST = 5;
const BURST_GAP_MS = 200;
const BURST_EVERY_MS = 60_000;
const WATCHED_EVERY_MS = 1_000;

/** Pings for the clock: a burst on each connection and each minute, and one a second while its figures are shown. */
export class PingSchedule {
  #ping;
  /** @type {Timer[]} */
  #burst = [];
  /** @type {Timer | undefined} */
  #interval;

  /** @param {() => void} ping sends a ping, if there is a connection */
  constructor(ping) {
    this.#ping = ping;
    setInterval(() => this.restart(), BURST_EVERY_MS);
  }

  restart() {
    this.#burst.forEach((timer) => clearTimeout(timer));
    this.#burst = Array.from({ length: BURST }, (_, index) => setTimeout(this.#ping, index * BURST_GAP_MS));
  }

  /** @param {boolean} watched whether the figures are shown */
  watch(watched) {
    clearInterval(this.#interval);
    if (!watched) return;
    this.#ping();
    this.#interval = setInterval(this.#ping, WATCHED_EVERY_MS);
  }
}
