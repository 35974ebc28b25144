import { byId } from "../lib/dom.js";
import { countedWords, words } from "../lib/words.js";

/** The button that leads to the newest message; it counts what came while the reader was elsewhere in the log. */
export class JumpButton {
  #button = byId("jump");
  #text = byId("jump-text");
  #isShown = false;
  #seenTo = 0;

  /** @param {() => void} onClick */
  constructor(onClick) {
    this.#button.addEventListener("click", onClick);
  }

  /**
   * Returns whether the reader has just come back to the end.
   *
   * @param {boolean} isAtEnd
   * @param {number} end seq of the newest message
   */
  update(isAtEnd, end) {
    const cameBack = isAtEnd && this.#isShown;
    if (isAtEnd) this.#seenTo = end;
    const unseen = end - this.#seenTo;
    this.#isShown = !isAtEnd;
    this.#button.hidden = isAtEnd;
    this.#text.textContent = unseen > 0 ? countedWords("new-messages", unseen) : words("to-newest");
    return cameBack;
  }
}
