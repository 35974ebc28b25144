const WIDE = "(min-width: 60rem)";

/**
 * A panel that stands beside the talk on wide screens and on narrow ones comes over it, as a dialog.
 *
 * An open drawer is an entry of the history of its own, so that the back button closes it.
 */
export class Drawer {
  #name;
  #panel;
  #place;
  #dialog;
  #closed = () => {};

  constructor(name) {
    this.#name = name;
    this.#panel = document.getElementById(name);
    this.#place = this.#panel.parentElement;
    this.#dialog = document.getElementById(`${name}-drawer`);
    // After a reload the drawer is closed, whatever the history remembers.
    if (history.state?.drawer) history.replaceState({ ...history.state, drawer: undefined }, "");
    document.getElementById(`open-${name}`).addEventListener("click", () => this.open());
    this.#panel.querySelector(".close-panel").addEventListener("click", () => this.close());
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && this.close());
    this.#dialog.addEventListener("close", () => this.#fold());
    addEventListener("popstate", ({ state }) => this.#moved(state?.drawer === this.#name));
    matchMedia(WIDE).addEventListener("change", ({ matches }) => matches && this.close());
  }

  open() {
    history.pushState({ ...history.state, drawer: this.#name }, "");
    this.#show();
  }

  /** Resolves when the history is again as it was before. */
  close() {
    if (!this.#dialog.open) return Promise.resolve();
    return new Promise((closed) => {
      this.#closed = closed;
      this.#dialog.close();
    });
  }

  #show() {
    this.#dialog.append(this.#panel);
    this.#dialog.showModal();
  }

  #fold() {
    this.#place.append(this.#panel);
    if (history.state?.drawer === this.#name) history.back();
    else this.#closed();
  }

  #moved(here) {
    if (here && !this.#dialog.open) this.#show();
    else if (!here && this.#dialog.open) this.#dialog.close();
    else this.#closed();
  }
}
