import { words } from "./words.js";

const NOT_ALLOWED = 4003;

/** Says how the line is, for eyes, for ears and (on the root element) for style sheets and tests. */
export class Status {
  #root;
  #text = document.getElementById("status");
  #button = document.getElementById("reconnect");

  constructor(root, onReconnect) {
    this.#root = root;
    this.#button.addEventListener("click", onReconnect);
  }

  show({ state, code }) {
    this.#root.dataset.state = state;
    this.#text.textContent = state === "open" ? "" : words(code === NOT_ALLOWED ? "refused" : state);
    this.#button.hidden = state !== "stopped" || code === NOT_ALLOWED;
  }
}
