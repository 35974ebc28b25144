/** @import { HelloFrame, ServerFrame } from "./frames.d.ts" */
/** @import { Transport, TransportHandlers, TransportKind } from "./transport.d.ts" */

const BLOCKED_KEY = "tertulia:blocked";
const RETRY_MS = 500;
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 300_000;
const SILENT_SOCKET_MS = 5_000;

/**
 * What the probe needs of the connection.
 *
 * @typedef {object} ProbeHost
 * @property {(handlers: TransportHandlers) => Transport} open opens a WebSocket
 * @property {() => number | undefined} room the room to resume in
 * @property {() => boolean} isReady whether the current transport can be replaced now
 * @property {(transport: Transport, hello: HelloFrame) => void} replace continues on the new WebSocket
 */

/** Tries, from time to time while the event stream is open, whether a WebSocket can be had again. */
export class WebSocketProbe {
  #host;
  /** @type {Timer | undefined} */
  #timer;
  #wait = FIRST_WAIT_MS;
  /** @type {{ transport: Transport | null, timeout: Timer } | null} */
  #attempt = null;

  /** @param {ProbeHost} host */
  constructor(host) {
    this.#host = host;
  }

  /** Whether WebSockets were found blocked in this tab, before a reload too. */
  get isBlocked() {
    try {
      return sessionStorage.getItem(BLOCKED_KEY) !== null;
    } catch {
      return false;
    }
  }

  /** @param {boolean} blocked */
  #remember(blocked) {
    try {
      if (blocked) sessionStorage.setItem(BLOCKED_KEY, "");
      else sessionStorage.removeItem(BLOCKED_KEY);
    } catch {
      // Storage is forbidden: the next page finds out again.
    }
  }

  /** @param {TransportKind} kind */
  onOpen(kind) {
    this.#remember(kind === "sse");
    if (kind === "sse") this.#schedule();
    else this.#wait = FIRST_WAIT_MS;
  }

  /**
   * @param {TransportKind} kind
   * @param {boolean} hadFrames false if no frame ever came: then a failed stream proves nothing about WebSockets
   */
  onClose(kind, hadFrames) {
    this.#reset();
    if (kind === "sse" && !hadFrames) this.#remember(false);
  }

  /** Probes at once: the network has changed, or the page is visible again. */
  hurry() {
    this.#wait = FIRST_WAIT_MS;
    if (this.#timer && !this.#attempt) this.#probe();
  }

  #schedule() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#probe(), this.#wait);
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
  }

  #probe() {
    this.#reset();
    const room = this.#host.room();
    const onFrame = (/** @type {ServerFrame} */ frame) => this.#onFrame(frame, room);
    const transport = this.#host.open({ onFrame, onClose: () => this.#fail() });
    this.#attempt = { transport, timeout: setTimeout(() => this.#fail(), SILENT_SOCKET_MS) };
  }

  /**
   * @param {ServerFrame} frame
   * @param {number | undefined} room
   */
  #onFrame(frame, room) {
    // A hello for a room that was left meanwhile would lead back there, and queued frames would be lost.
    const transport = this.#attempt?.transport;
    if (!transport || frame.type !== "hello" || room !== this.#host.room() || !this.#host.isReady()) {
      this.#wait = RETRY_MS;
      this.#fail();
      return;
    }
    if (this.#attempt) this.#attempt.transport = null;
    this.#reset();
    this.#host.replace(transport, frame);
  }

  #fail() {
    this.#reset();
    this.#schedule();
  }

  #reset() {
    clearTimeout(this.#timer);
    clearTimeout(this.#attempt?.timeout);
    this.#attempt?.transport?.close();
    this.#timer = undefined;
    this.#attempt = null;
  }
}
