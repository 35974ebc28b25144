import { words } from "../lib/words.js";

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
    this.#root.dataset.catchingUp = state === "open";
    const word = state === "open" ? "catching-up" : code === NOT_ALLOWED ? "refused" : state;
    this.#text.textContent = words(word);
    this.#button.hidden = state !== "stopped" || code === NOT_ALLOWED;
  }

  /** The room on show is complete up to now. */
  caughtUp() {
    if (this.#root.dataset.state !== "open") return;
    this.#root.dataset.catchingUp = false;
    this.#text.textContent = "";
  }
}
