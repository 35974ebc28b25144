/** The page's title, and before it how much is unread; the app's icon bears the same number. */
class Title {
  #text = document.title;
  #count = 0;

  set text(text) {
    this.#text = text;
    this.#show();
  }

  set count(count) {
    if (count === this.#count) return;
    this.#count = count;
    this.#show();
    this.#badge().catch(() => null);
  }

  #show() {
    document.title = this.#count ? `(${this.#count}) ${this.#text}` : this.#text;
  }

  async #badge() {
    if (this.#count) await navigator.setAppBadge?.(this.#count);
    else await navigator.clearAppBadge?.();
  }
}

export const title = new Title();
