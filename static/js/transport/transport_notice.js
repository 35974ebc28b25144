import { words } from "../lib/words.js";

/** Tells the reader when the line is not the usual one, and style sheets and tests which it is. */
export class Way {
  #root;
  #text = document.getElementById("way");

  constructor(root) {
    this.#root = root;
  }

  show({ state, way }) {
    this.#root.dataset.way = way;
    this.#text.textContent = state === "open" && way === "sse" ? words("over-http") : "";
  }
}
