import { EventStreamLine } from "./event_stream_transport.js";
import { WayBack } from "./websocket_probe.js";
import { WebSocketLine } from "./websocket_transport.js";

const OPENING_MS = 15_000;
// Some proxies let a WebSocket open and then pass nothing on. Longer than any server of ours takes to say hello.
const SILENT_SOCKET_MS = 5_000;
const PING_MS = 20_000;
const SILENCE_MS = 10_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const SIGN_IN_AGAIN = 4001;
const NOT_ALLOWED = 4003;

/**
 * The line to the server, which comes back by itself: a WebSocket, or where that cannot be had an event stream.
 *
 * Fires `state` (`connecting`, `open`, `offline`, `stopped`; detail: `{state, code, way}`) and `frame` (detail: the
 * frame). `resume()` answers the query parameters to connect with, `mark()` the number to ping with.
 */
export class Socket extends EventTarget {
  #paths;
  #resume;
  #mark;
  #line = null;
  #ears = { hear: (frame) => this.#hear(frame), lost: (code) => this.#lost(code) };
  #heard = false;
  #wayBack;
  #state = "stopped";
  #failures = 0;
  #notBefore = 0;
  #finished = false;
  #retry = null;
  #watch = null;

  /** `paths` are the addresses of the `socket` and the `stream`. */
  constructor(paths, { resume, mark }) {
    super();
    this.#paths = paths;
    this.#resume = resume;
    this.#mark = mark;
    this.#wayBack = new WayBack({
      open: (ears) => this.#newSocket(ears),
      room: () => this.#resume().room,
      isReady: () => this.isOpen && this.#line.isIdle,
      take: (line, hello) => this.#changeOver(line, hello),
    });
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

  /** How frames go to and fro, by its proper name. */
  get transport() {
    return this.#line?.way === "sse" ? "SSE + POST" : "WebSocket";
  }

  get isOpen() {
    return this.#state === "open";
  }

  /** Whether the frame was handed over; that says nothing about its arrival. */
  send(frame) {
    return this.isOpen && this.#line.send(frame);
  }

  #connect() {
    if (this.#wayBack.isBlocked) this.#connectByStream();
    else this.#connectBySocket();
  }

  #connectBySocket() {
    clearTimeout(this.#retry);
    this.#hold(this.#newSocket(this.#ears));
    this.#giveUpAfter(SILENT_SOCKET_MS);
  }

  #connectByStream() {
    clearTimeout(this.#retry);
    this.#hold(new EventStreamLine(this.#address(this.#paths.stream), this.#ears));
    this.#giveUpAfter(OPENING_MS);
  }

  #newSocket(ears) {
    return new WebSocketLine(this.#address(this.#paths.socket), ears);
  }

  #address(path) {
    const address = new URL(path, location.href);
    address.search = new URLSearchParams(this.#resume());
    return address;
  }

  #hold(line) {
    line.ears = this.#ears;
    this.#line = line;
    this.#heard = false;
  }

  #hear(frame) {
    this.#heard = true;
    if (frame.type === "hello") this.#opened();
    if (frame.type === "bye") this.#notBefore = Date.now() + (frame.retry_after ?? 0) * 1000;
    if (this.isOpen) this.#listen();
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  #opened() {
    this.#failures = 0;
    this.#notBefore = 0;
    this.#wayBack.opened(this.#line.way);
    this.#tell("open");
    this.#probe();
  }

  #listen() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#probe(), PING_MS);
  }

  /** A dead line says nothing: ask, and take silence for an answer. */
  #probe(patience = SILENCE_MS) {
    if (!this.isOpen) return;
    this.send({ type: "ping", t: this.#mark() });
    this.#giveUpAfter(patience);
  }

  #giveUpAfter(milliseconds) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#abandon(), milliseconds);
  }

  #abandon() {
    this.#line.drop();
    this.#lost(1006);
  }

  #lost(code) {
    const { way } = this.#line;
    clearTimeout(this.#watch);
    this.#line = null;
    this.#wayBack.lost(way, this.#heard);
    if (this.#finished || code === SIGN_IN_AGAIN || code === NOT_ALLOWED) this.#tell("stopped", code);
    // A socket that never said a word may be blocked: the stream is tried at once. It fails, too, if all is down.
    else if (way === "websocket" && !this.#heard) this.#connectByStream();
    else this.#comeBack(code);
  }

  #comeBack(code) {
    this.#tell("offline", code);
    this.#retry = setTimeout(() => this.#connect(), this.#wait());
  }

  /** Growing and jittered, so that a restarted server is not met by everybody at once. */
  #wait() {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(0, this.#notBefore - Date.now()) + longest * (0.5 + Math.random() / 2);
  }

  /** A WebSocket can be had again and has said `hello`. What was under way is sent again on it, with the same ids. */
  #changeOver(line, hello) {
    this.#line.drop();
    this.#tell("connecting");
    this.#hold(line);
    this.#hear(hello);
  }

  #hurry() {
    if (this.#state === "offline" && !this.#line) this.#connect();
    this.#wayBack.hurry();
  }

  /** A tab that slept may hold a line that died meanwhile. */
  #wake() {
    this.#hurry();
    this.#probe(SILENCE_MS / 2);
  }

  #tell(state, code = null) {
    if (state === this.#state) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, code, way: this.#line?.way } }));
  }
}
