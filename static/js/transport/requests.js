import { uuid } from "../lib/uuid.js";

/** Frames that have one answer, of which nobody else needs to know. */
export class Asking {
  #send;
  #waiting = new Map();

  constructor(send) {
    this.#send = send;
  }

  /** The `reply` or `error`, in a promise; null where there is no line. */
  ask(frame) {
    const id = uuid();
    if (!this.#send({ ...frame, id })) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Whether the frame was an answer. */
  hear(frame) {
    if (frame.type !== "reply" && frame.type !== "error") return false;
    const resolve = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    resolve?.(frame);
    return Boolean(resolve);
  }

  /** The line is gone, and with it what was under way. */
  forget() {
    this.#waiting.forEach((resolve) => resolve(null));
    this.#waiting.clear();
  }
}
