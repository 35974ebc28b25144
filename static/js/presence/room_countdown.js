import { words } from "../lib/words.js";

/** How long the room on show still stands, where its owner has gone: `closes_at` of the room's card. */
export class Countdown {
  #element = document.getElementById("countdown");
  #clock;
  #closesAt = null;
  #ticking = null;

  constructor(clock) {
    this.#clock = clock;
  }

  show({ closes_at: closesAt = null }) {
    this.#closesAt = closesAt && new Date(closesAt);
    this.#element.hidden = !closesAt;
    clearInterval(this.#ticking);
    if (!closesAt) return;
    this.#tick();
    this.#ticking = setInterval(() => this.#tick(), 1_000);
  }

  #tick() {
    const left = Math.max(0, Math.ceil((this.#closesAt - this.#clock.now()) / 1_000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    this.#element.textContent = words("countdown", { time });
  }
}
