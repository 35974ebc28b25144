import { words } from "../lib/words.js";

/** Tells whoever has an old page open, over the days, that there is a newer one. What they have written stays kept. */
export class Release {
  #known;
  #text = document.getElementById("newer-text");
  #button = document.getElementById("newer-reload");

  /** `known` are the `protocol` and `version` of the release that this page is of. */
  constructor(known) {
    this.#known = known;
    this.#button.addEventListener("click", () => location.reload());
  }

  hear({ type, protocol, version }) {
    if (type !== "hello") return;
    const old = protocol !== this.#known.protocol || version !== this.#known.version;
    this.#text.textContent = old ? words("newer-release") : "";
    this.#button.hidden = !old;
  }
}
