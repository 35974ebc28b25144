/** One connection by WebSocket. Its `ears` are told: `hear(frame)` what comes, `lost(code)` once, when it has ended. */
export class WebSocketLine {
  way = "websocket";
  /** Frames wait nowhere here: what was sent is under way. */
  isIdle = true;
  ears;
  #socket;

  constructor(address, ears) {
    this.ears = ears;
    const url = new URL(address);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = (event) => this.ears.hear(JSON.parse(event.data));
    this.#socket.onclose = (event) => this.ears.lost(event.code);
  }

  /** Whether the frame was handed over: while the line is closing, and its end not yet told, nothing goes out. */
  send(frame) {
    const isOpen = this.#socket.readyState === WebSocket.OPEN;
    if (isOpen) this.#socket.send(JSON.stringify(frame));
    return isOpen;
  }

  /** Not waiting for its close event: with the peer gone that can take a minute. */
  drop() {
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }
}
