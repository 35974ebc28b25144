/** The page's title, prefixed by the unread count; the app icon's badge shows the same number. */
class PageTitle {
  #text = document.title;
  #count = 0;

  set text(/** @type {string} */ text) {
    this.#text = text;
    this.#show();
  }

  set count(/** @type {number} */ count) {
    if (count === this.#count) return;
    this.#count = count;
    this.#show();
    this.#showBadge().catch(() => null);
  }

  #show() {
    document.title = this.#count ? `(${this.#count}) ${this.#text}` : this.#text;
  }

  async #showBadge() {
    if (this.#count) await navigator.setAppBadge?.(this.#count);
    else await navigator.clearAppBadge?.();
  }
}

export const pageTitle = new PageTitle();
