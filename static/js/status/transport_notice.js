import { byId } from "../lib/dom.js";
import { words } from "../lib/words.js";

/** @import { StateChange } from "../transport/transport.d.ts" */

/** The notice that WebSockets are blocked; the root element names the transport for style sheets and tests. */
export class TransportNotice {
  #root = byId("chat");
  #text = byId("way");

  /** @param {StateChange} change */
  show({ state, kind }) {
    this.#root.dataset.way = kind;
    this.#text.textContent = state === "open" && kind === "sse" ? words("over-http") : "";
  }
}
