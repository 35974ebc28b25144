import { ABNORMAL } from "./close_codes.js";

/** @import { ClientFrame } from "./frames.d.ts" */
/** @import { Transport, TransportHandlers } from "./transport.d.ts" */

const POST_TIMEOUT_MS = 15_000;
const MAX_ATTEMPTS = 5;
const HTTP_TOO_LONG = 413;
const HTTP_BUSY = 503;

/**
 * One connection without WebSockets: server-sent events down, one POST after the other up.
 *
 * @implements {Transport}
 */
export class EventStreamTransport {
  kind = /** @type {const} */ ("sse");
  handlers;
  #address;
  #source;
  #name = "";
  /** @type {string[]} */
  #queue = [];
  #isPosting = false;
  #closed = new AbortController();

  /**
   * @param {URL} address
   * @param {TransportHandlers} handlers
   */
  constructor(address, handlers) {
    this.handlers = handlers;
    this.#address = new URL(address);
    this.#address.search = "";
    this.#source = new EventSource(address);
    this.#source.onmessage = (event) => this.handlers.onFrame(JSON.parse(event.data));
    this.#source.onerror = () => this.#fail(ABNORMAL);
    this.#source.addEventListener("stream", (event) => (this.#name = event.data));
    this.#source.addEventListener("close", (event) => this.#fail(Number(event.data)));
  }

  get isIdle() {
    return !this.#queue.length;
  }

  /** @param {ClientFrame} frame */
  send(frame) {
    this.#queue.push(JSON.stringify(frame));
    if (!this.#isPosting) void this.#flush();
    return true;
  }

  close() {
    this.#closed.abort();
    this.#source.close();
  }

  /** @param {number} code */
  #fail(code) {
    if (this.#closed.signal.aborted) return;
    this.close();
    this.handlers.onClose(code);
  }

  async #flush() {
    this.#isPosting = true;
    try {
      while (this.#queue.length) {
        await this.#deliver(this.#queue[0]);
        this.#queue.shift();
      }
    } catch {
      this.#fail(ABNORMAL);
    } finally {
      this.#isPosting = false;
    }
  }

  /**
   * Posts a frame, and again while the server is busy. Throws when the stream is gone or no server is reached.
   *
   * @param {string} body
   */
  async #deliver(body) {
    for (let attempt = 1; ; attempt += 1) {
      const { ok, status, headers } = await this.#post(body);
      // Longer than any frame may be: repeating it would not help.
      if (ok || status === HTTP_TOO_LONG) return;
      if (status !== HTTP_BUSY || attempt === MAX_ATTEMPTS) throw new Error(String(status));
      await new Promise((resume) => setTimeout(resume, 1000 * (Number(headers.get("Retry-After")) || 1)));
    }
  }

  /** @param {string} body */
  async #post(body) {
    // Not AbortSignal.any: Safari has it since 17.4 only.
    const request = new AbortController();
    const abort = () => request.abort();
    const { signal } = this.#closed;
    signal.throwIfAborted();
    signal.addEventListener("abort", abort);
    const timer = setTimeout(abort, POST_TIMEOUT_MS);
    const headers = { "Content-Type": "application/json" };
    const address = new URL(`${this.#name}/`, this.#address);
    try {
      return await fetch(address, { method: "POST", headers, body, signal: request.signal });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}
