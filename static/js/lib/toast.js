import { byId } from "./dom.js";

const SHOWN_MS = 4_000;

/** A short-lived status message, also announced by screen readers. */
export class Toast {
  #element = byId("toast");
  /** @type {Timer | undefined} */
  #timer;

  /** @param {string} text */
  show(text) {
    clearTimeout(this.#timer);
    this.#element.textContent = text;
    this.#timer = setTimeout(() => (this.#element.textContent = ""), SHOWN_MS);
  }
}
