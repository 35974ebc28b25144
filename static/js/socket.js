const OPENING_MS = 15_000;
const PING_MS = 20_000;
const SILENCE_MS = 10_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const SIGN_IN_AGAIN = 4001;
const NOT_ALLOWED = 4003;

/**
 * The line to the server, which comes back by itself.
 *
 * Fires `state` (`connecting`, `open`, `offline`, `stopped`; detail: `{state, code}`) and `frame` (detail: the frame).
 * `resume()` answers the query parameters to connect with, `mark()` the number to ping with.
 */
export class Socket extends EventTarget {
  #path;
  #resume;
  #mark;
  #socket = null;
  #state = "stopped";
  #failures = 0;
  #notBefore = 0;
  #finished = false;
  #retry = null;
  #watch = null;

  constructor(path, { resume, mark }) {
    super();
    this.#path = path;
    this.#resume = resume;
    this.#mark = mark;
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#probe());
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake());
  }

  start() {
    this.#finished = false;
    this.#failures = 0;
    this.#tell("connecting");
    this.#connect();
  }

  /** The person asked to go: the close that follows is no accident. */
  finish() {
    this.#finished = true;
  }

  get isOpen() {
    return this.#state === "open";
  }

  /** Whether the frame was handed over; that says nothing about its arrival. */
  send(frame) {
    if (this.isOpen) this.#socket.send(JSON.stringify(frame));
    return this.isOpen;
  }

  #connect() {
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.#address());
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => this.#lost(event.code);
    this.#socket = socket;
    this.#giveUpAfter(OPENING_MS);
  }

  #address() {
    const address = new URL(this.#path, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.search = new URLSearchParams(this.#resume());
    return address;
  }

  #hear(frame) {
    if (frame.type === "hello") this.#opened();
    if (frame.type === "bye") this.#notBefore = Date.now() + (frame.retry_after ?? 0) * 1000;
    if (this.isOpen) this.#listen();
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  #opened() {
    this.#failures = 0;
    this.#notBefore = 0;
    this.#tell("open");
    this.#probe();
  }

  #listen() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#probe(), PING_MS);
  }

  /** A dead line says nothing: ask, and take silence for an answer. */
  #probe(patience = SILENCE_MS) {
    if (this.send({ type: "ping", t: this.#mark() })) this.#giveUpAfter(patience);
  }

  #giveUpAfter(milliseconds) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#abandon(), milliseconds);
  }

  #abandon() {
    const dead = this.#socket;
    // Not waiting for its close event: with the peer gone that can take a minute.
    dead.onmessage = dead.onclose = null;
    dead.close();
    this.#lost(1006);
  }

  #lost(code) {
    clearTimeout(this.#watch);
    this.#socket = null;
    if (this.#finished || code === SIGN_IN_AGAIN || code === NOT_ALLOWED) {
      this.#tell("stopped", code);
    } else {
      this.#tell("offline", code);
      this.#retry = setTimeout(() => this.#connect(), this.#wait());
    }
  }

  /** Growing and jittered, so that a restarted server is not met by everybody at once. */
  #wait() {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(0, this.#notBefore - Date.now()) + longest * (0.5 + Math.random() / 2);
  }

  #hurry() {
    if (this.#state === "offline" && !this.#socket) this.#connect();
  }

  /** A tab that slept may hold a line that died meanwhile. */
  #wake() {
    this.#hurry();
    this.#probe(SILENCE_MS / 2);
  }

  #tell(state, code = null) {
    if (state === this.#state) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, code } }));
  }
}
