import { byId } from "../lib/dom.js";
import { words } from "../lib/words.js";
import { NOT_ALLOWED } from "../transport/close_codes.js";

/** @import { ConnectionState, StateChange } from "../transport/transport.d.ts" */

/** The line that tells of connection problems; the root element carries the state for style sheets and tests. */
export class ConnectionBanner {
  #root = byId("chat");
  #text = byId("status");
  #button = byId("reconnect");
  /** @type {ConnectionState} */
  #state = "connecting";

  /** @param {() => void} onReconnect */
  constructor(onReconnect) {
    this.#button.addEventListener("click", onReconnect);
  }

  /** @param {StateChange} change */
  show({ state, code }) {
    this.#state = state;
    this.#root.dataset.state = state;
    this.#root.dataset.catchingUp = String(state === "open");
    const word = state === "open" ? "catching-up" : code === NOT_ALLOWED ? "refused" : state;
    this.#text.textContent = words(word);
    this.#button.hidden = state !== "stopped" || code === NOT_ALLOWED;
  }

  /** The shown room is complete up to now. */
  showCaughtUp() {
    if (this.#state !== "open") return;
    this.#root.dataset.catchingUp = "false";
    this.#text.textContent = "";
  }
}
