import { uuid } from "../lib/uuid.js";

/** @import { ErrorFrame, ReplyFrame } from "./frames.d.ts" */
/** @import { RequestFrame, WithoutId } from "./request_types.d.ts" */

/** Frames with a single answer that only their sender handles. */
export class Requests {
  #send;
  /** @type {Map<string | null, (answer: ReplyFrame | ErrorFrame | null) => void>} */
  #pending = new Map();

  /** @param {(frame: RequestFrame) => boolean} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * Sends a frame and resolves to its answer; to null without a connection, or when that is lost.
   *
   * @param {WithoutId<RequestFrame>} frame
   * @returns {Promise<ReplyFrame | ErrorFrame | null>}
   */
  send(frame) {
    const id = uuid();
    if (!this.#send({ ...frame, id })) return Promise.resolve(null);
    return new Promise((resolve) => this.#pending.set(id, resolve));
  }

  /**
   * Returns whether the frame was the answer to a request.
   *
   * @param {ReplyFrame | ErrorFrame} frame
   */
  settle(frame) {
    const resolve = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    resolve?.(frame);
    return Boolean(resolve);
  }

  /** The connection is lost, and with it every answer. */
  abortAll() {
    this.#pending.forEach((resolve) => resolve(null));
    this.#pending.clear();
  }
}
