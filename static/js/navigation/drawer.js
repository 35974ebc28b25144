import { byId, find } from "../lib/dom.js";

const WIDE = "(min-width: 60rem)";

/**
 * A panel beside the messages on wide screens; on narrow ones a dialog over them.
 *
 * An open drawer is a history entry of its own, so that the back button closes it.
 */
export class Drawer {
  #name;
  #panel;
  #home;
  #dialog;
  #onClosed = () => {};

  /** @param {string} name the panel's id */
  constructor(name) {
    this.#name = name;
    this.#panel = byId(name);
    this.#home = this.#panel.parentElement;
    this.#dialog = byId(`${name}-drawer`, HTMLDialogElement);
    // After a reload the drawer is closed, whatever the history entry says.
    if (history.state?.drawer) history.replaceState({ ...history.state, drawer: undefined }, "");
    byId(`open-${name}`).addEventListener("click", () => this.open());
    find(this.#panel, ".close-panel").addEventListener("click", () => void this.close());
    this.#dialog.addEventListener("click", (event) => event.target === this.#dialog && void this.close());
    this.#dialog.addEventListener("close", () => this.#onDialogClose());
    addEventListener("popstate", ({ state }) => this.#onHistory(state?.drawer === this.#name));
    matchMedia(WIDE).addEventListener("change", ({ matches }) => matches && void this.close());
  }

  open() {
    history.pushState({ ...history.state, drawer: this.#name }, "");
    this.#show();
  }

  /**
   * Resolves when the drawer's history entry is gone.
   *
   * @returns {Promise<void>}
   */
  close() {
    if (!this.#dialog.open) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      this.#dialog.close();
    });
  }

  #show() {
    this.#dialog.append(this.#panel);
    this.#dialog.showModal();
  }

  #onDialogClose() {
    this.#home?.append(this.#panel);
    if (history.state?.drawer === this.#name) history.back();
    else this.#onClosed();
  }

  /** @param {boolean} isCurrent whether the current history entry is the drawer's */
  #onHistory(isCurrent) {
    if (isCurrent && !this.#dialog.open) this.#show();
    else if (!isCurrent && this.#dialog.open) this.#dialog.close();
    else this.#onClosed();
  }
}
