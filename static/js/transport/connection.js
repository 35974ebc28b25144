import { Emitter } from "../lib/emitter.js";
import { ABNORMAL, NOT_ALLOWED, SIGN_IN_AGAIN } from "./close_codes.js";
import { EventStreamTransport } from "./event_stream_transport.js";
import { WebSocketProbe } from "./websocket_probe.js";
import { WebSocketTransport } from "./websocket_transport.js";

/** @import { ClientFrame, HelloFrame, ServerFrame } from "./frames.d.ts" */
/** @import { ConnectionState, StateChange, Transport, TransportHandlers } from "./transport.d.ts" */

const OPENING_MS = 15_000;
// Some proxies let a WebSocket open and pass nothing on. Longer than a server takes to send `hello`.
const SILENT_SOCKET_MS = 5_000;
const PING_MS = 20_000;
const PONG_TIMEOUT_MS = 10_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/**
 * Where to resume: query parameters of the connection.
 *
 * @typedef {{ room?: number, epoch?: string, version?: number }} ResumePosition
 */

/**
 * The reconnecting connection to the server: a WebSocket, or where these are blocked an event stream.
 *
 * @extends {Emitter<{ state: StateChange, frame: ServerFrame }>}
 */
export class Connection extends Emitter {
  #paths;
  #resumePosition;
  #timestamp;
  /** @type {Transport | null} */
  #transport = null;
  /** @type {TransportHandlers} */
  #handlers = { onFrame: (frame) => this.#onFrame(frame), onClose: (code) => this.#onClose(code) };
  #hadFrames = false;
  #probe;
  /** @type {ConnectionState} */
  #state = "stopped";
  #failures = 0;
  #notBefore = 0;
  #isFinished = false;
  /** @type {Timer | undefined} */
  #retry;
  /** @type {Timer | undefined} */
  #watchdog;

  /**
   * @param {{ socket: string, stream: string }} paths addresses of the WebSocket and the event stream
   * @param {{ resumePosition: () => ResumePosition, timestamp: () => number }} callbacks `timestamp` for pings
   */
  constructor(paths, { resumePosition, timestamp }) {
    super();
    this.#paths = paths;
    this.#resumePosition = resumePosition;
    this.#timestamp = timestamp;
    this.#probe = new WebSocketProbe({
      open: (handlers) => this.#openWebSocket(handlers),
      room: () => this.#resumePosition().room,
      isReady: () => this.isOpen && Boolean(this.#transport?.isIdle),
      replace: (transport, hello) => this.#replaceTransport(transport, hello),
    });
    addEventListener("online", () => this.#reconnectNow());
    addEventListener("offline", () => this.#ping());
    document.addEventListener("visibilitychange", () => document.hidden || this.#onVisible());
  }

  start() {
    this.#isFinished = false;
    this.#failures = 0;
    this.#setState("connecting");
    this.#connect();
  }

  /** The close that follows was asked for: do not reconnect after it. */
  finish() {
    this.#isFinished = true;
  }

  /** Name of the transport in use, for people. */
  get transportName() {
    return this.#transport?.kind === "sse" ? "SSE + POST" : "WebSocket";
  }

  get isOpen() {
    return this.#state === "open";
  }

  /**
   * Returns whether the frame was accepted, which does not mean delivered.
   *
   * @param {ClientFrame} frame
   */
  send(frame) {
    return this.isOpen && this.#transport !== null && this.#transport.send(frame);
  }

  #connect() {
    if (this.#probe.isBlocked) this.#connectByStream();
    else this.#connectByWebSocket();
  }

  #connectByWebSocket() {
    clearTimeout(this.#retry);
    this.#use(this.#openWebSocket(this.#handlers));
    this.#abandonAfter(SILENT_SOCKET_MS);
  }

  #connectByStream() {
    clearTimeout(this.#retry);
    this.#use(new EventStreamTransport(this.#address(this.#paths.stream), this.#handlers));
    this.#abandonAfter(OPENING_MS);
  }

  /** @param {TransportHandlers} handlers */
  #openWebSocket(handlers) {
    return new WebSocketTransport(this.#address(this.#paths.socket), handlers);
  }

  /** @param {string} path */
  #address(path) {
    const address = new URL(path, location.href);
    const query = Object.entries(this.#resumePosition()).map(([name, value]) => [name, String(value)]);
    address.search = new URLSearchParams(query).toString();
    return address;
  }

  /** @param {Transport} transport */
  #use(transport) {
    transport.handlers = this.#handlers;
    this.#transport = transport;
    this.#hadFrames = false;
  }

  /** @param {ServerFrame} frame */
  #onFrame(frame) {
    this.#hadFrames = true;
    if (frame.type === "hello") this.#onHello();
    if (frame.type === "bye") this.#notBefore = Date.now() + (frame.retry_after ?? 0) * 1000;
    if (this.isOpen) this.#schedulePing();
    this.emit("frame", frame);
  }

  #onHello() {
    this.#failures = 0;
    this.#notBefore = 0;
    if (this.#transport) this.#probe.onOpen(this.#transport.kind);
    this.#setState("open");
    this.#ping();
  }

  #schedulePing() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#ping(), PING_MS);
  }

  /** A dead connection (half-open TCP) shows only by a missing pong. */
  #ping(timeout = PONG_TIMEOUT_MS) {
    if (!this.isOpen) return;
    this.send({ type: "ping", t: this.#timestamp() });
    this.#abandonAfter(timeout);
  }

  /** @param {number} milliseconds */
  #abandonAfter(milliseconds) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#abandon(), milliseconds);
  }

  #abandon() {
    this.#transport?.close();
    this.#onClose(ABNORMAL);
  }

  /** @param {number} code */
  #onClose(code) {
    const kind = this.#transport?.kind;
    clearTimeout(this.#watchdog);
    this.#transport = null;
    if (kind) this.#probe.onClose(kind, this.#hadFrames);
    if (this.#isFinished || code === SIGN_IN_AGAIN || code === NOT_ALLOWED) this.#setState("stopped", code);
    // A WebSocket without any frame may be blocked: try the stream at once. It fails, too, if the server is down.
    else if (kind === "websocket" && !this.#hadFrames) this.#connectByStream();
    else this.#scheduleReconnect(code);
  }

  /** @param {number} code */
  #scheduleReconnect(code) {
    this.#setState("offline", code);
    this.#retry = setTimeout(() => this.#connect(), this.#backoff());
  }

  /** Exponential with jitter: a restarted server must not meet all clients at once (thundering herd). */
  #backoff() {
    const longest = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(0, this.#notBefore - Date.now()) + longest * (0.5 + Math.random() / 2);
  }

  /**
   * Continues on a WebSocket that has sent `hello`. Unanswered frames are sent again on it, with the same ids.
   *
   * @param {Transport} transport
   * @param {HelloFrame} hello
   */
  #replaceTransport(transport, hello) {
    this.#transport?.close();
    this.#setState("connecting");
    this.#use(transport);
    this.#onFrame(hello);
  }

  #reconnectNow() {
    if (this.#state === "offline" && !this.#transport) this.#connect();
    this.#probe.hurry();
  }

  /** A tab that slept may hold a connection that broke meanwhile. */
  #onVisible() {
    this.#reconnectNow();
    this.#ping(PONG_TIMEOUT_MS / 2);
  }

  /**
   * @param {ConnectionState} state
   * @param {number | null} [code]
   */
  #setState(state, code = null) {
    if (state === this.#state) return;
    this.#state = state;
    this.emit("state", { state, code, kind: this.#transport?.kind });
  }
}
