const BURST = 5;
const BURST_GAP_MS = 200;
const BURST_EVERY_MS = 60_000;
const WATCHED_EVERY_MS = 1_000;

/** Asks the server for the time: a few times on each connection and each minute, and every second while watched. */
export class Pulse {
  #ask;
  #timers = [];
  #watching = null;

  /** `ask()` sends a ping, if there is a line. */
  constructor(ask) {
    this.#ask = ask;
    setInterval(() => this.begin(), BURST_EVERY_MS);
  }

  begin() {
    this.#timers.forEach(clearTimeout);
    this.#timers = Array.from({ length: BURST }, (_, number) => setTimeout(() => this.#ask(), number * BURST_GAP_MS));
  }

  watch(watched) {
    clearInterval(this.#watching);
    if (!watched) return;
    this.#ask();
    this.#watching = setInterval(() => this.#ask(), WATCHED_EVERY_MS);
  }
}
