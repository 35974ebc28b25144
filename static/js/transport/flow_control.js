/** @import { EventsFrame, SeenFrame } from "./frames.d.ts" */

const LATEST_MS = 3_000;
const MAX_MESSAGES = 128;
const MAX_CHARACTERS = 128 * 1024;

/** Acknowledges rendered `events` by `seen` frames, so that the server sends no more than the page can render. */
export class FlowControl {
  #send;
  /** @type {Record<number, number>} */
  #versions = {};
  #messages = 0;
  #characters = 0;
  /** @type {Timer | undefined} */
  #timer;

  /** @param {(frame: SeenFrame) => unknown} send */
  constructor(send) {
    this.#send = send;
  }

  /** @param {EventsFrame} frame */
  onRendered({ room, version, messages }) {
    this.#versions[room] = version;
    this.#messages += messages.length;
    this.#characters += messages.reduce((sum, { text, html }) => sum + text.length + html.length, 0);
    const isFull = this.#messages >= MAX_MESSAGES || this.#characters >= MAX_CHARACTERS;
    // Browsers throttle timers of hidden pages to one a minute: acknowledge at once.
    if (isFull || document.hidden) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), LATEST_MS);
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#send({ type: "seen", rooms: this.#versions });
    this.#versions = {};
    this.#messages = this.#characters = 0;
    this.#timer = undefined;
  }
}
