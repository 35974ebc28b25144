const SHOWN_MS = 4_000;

/** A word in passing, for eyes and for ears. */
export class Toast {
  #element = document.getElementById("toast");
  #timer = null;

  say(text) {
    clearTimeout(this.#timer);
    this.#element.textContent = text;
    this.#timer = setTimeout(() => (this.#element.textContent = ""), SHOWN_MS);
  }
}
