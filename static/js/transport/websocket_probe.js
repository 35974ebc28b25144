const BLOCKED = "tertulia:blocked";
const SOON_MS = 500;
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 300_000;
const SILENT_SOCKET_MS = 5_000;

/**
 * The way back from the event stream to a WebSocket: tried beside the open stream from time to time.
 *
 * `open(ears)` opens a WebSocket line, `room()` is where one stands, `isReady()` says whether the present line may be
 * let go of, and `take(line, hello)` goes over to the new one, whose `hello` has come.
 */
export class WayBack {
  #parts;
  #timer = null;
  #wait = FIRST_WAIT_MS;
  #trial = null;

  constructor(parts) {
    this.#parts = parts;
  }

  /** Whether this tab has found WebSockets blocked; a reload remembers. */
  get isBlocked() {
    try {
      return sessionStorage.getItem(BLOCKED) !== null;
    } catch {
      return false;
    }
  }

  #remember(blocked) {
    try {
      if (blocked) sessionStorage.setItem(BLOCKED, "");
      else sessionStorage.removeItem(BLOCKED);
    } catch {
      // Storage is forbidden: the next page finds out anew.
    }
  }

  opened(way) {
    this.#remember(way === "sse");
    if (way === "sse") this.#tryLater();
    else this.#wait = FIRST_WAIT_MS;
  }

  /** `heard` is whether the line ever said a word: a stream that could not be had says nothing about WebSockets. */
  lost(way, heard) {
    this.#rest();
    if (way === "sse" && !heard) this.#remember(false);
  }

  /** The network has changed, or the person is back: now is a good moment. */
  hurry() {
    this.#wait = FIRST_WAIT_MS;
    if (this.#timer && !this.#trial) this.#try();
  }

  #tryLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#try(), this.#wait);
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
  }

  #try() {
    this.#rest();
    const room = this.#parts.room();
    const line = this.#parts.open({ hear: (frame) => this.#hear(frame, room), lost: () => this.#failed() });
    this.#trial = { line, end: setTimeout(() => this.#failed(), SILENT_SOCKET_MS) };
  }

  #hear(frame, room) {
    // Whoever has gone elsewhere meanwhile must not be carried back, and what is being posted is not left behind.
    if (frame.type !== "hello" || room !== this.#parts.room() || !this.#parts.isReady()) {
      this.#wait = SOON_MS;
      this.#failed();
      return;
    }
    const { line } = this.#trial;
    this.#trial.line = null;
    this.#rest();
    this.#parts.take(line, frame);
  }

  #failed() {
    this.#rest();
    this.#tryLater();
  }

  #rest() {
    clearTimeout(this.#timer);
    clearTimeout(this.#trial?.end);
    this.#trial?.line?.drop();
    this.#timer = this.#trial = null;
  }
}
