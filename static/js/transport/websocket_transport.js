/** @import { ClientFrame } from "./frames.d.ts" */
/** @import { Transport, TransportHandlers } from "./transport.d.ts" */

/**
 * One connection by WebSocket.
 *
 * @implements {Transport}
 */
export class WebSocketTransport {
  kind = /** @type {const} */ ("websocket");
  /** Nothing is queued here: a sent frame is on its way. */
  isIdle = true;
  handlers;
  #socket;

  /**
   * @param {URL} address
   * @param {TransportHandlers} handlers
   */
  constructor(address, handlers) {
    this.handlers = handlers;
    const url = new URL(address);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = (event) => this.handlers.onFrame(JSON.parse(event.data));
    this.#socket.onclose = (event) => this.handlers.onClose(event.code);
  }

  /**
   * False also while the socket is closing, before its close event.
   *
   * @param {ClientFrame} frame
   */
  send(frame) {
    const isOpen = this.#socket.readyState === WebSocket.OPEN;
    if (isOpen) this.#socket.send(JSON.stringify(frame));
    return isOpen;
  }

  /** Does not wait for the close event: without a peer that takes up to a minute. */
  close() {
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }
}
