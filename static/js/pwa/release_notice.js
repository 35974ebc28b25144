import { byId } from "../lib/dom.js";
import { words } from "../lib/words.js";

/** @import { HelloFrame } from "../transport/frames.d.ts" */

/** Offers to reload a page that has stayed open over an upgrade. */
export class ReleaseNotice {
  #release;
  #text = byId("newer-text");
  #button = byId("newer-reload");

  /** @param {{ protocol: number, version: string }} release of this page */
  constructor(release) {
    this.#release = release;
    this.#button.addEventListener("click", () => location.reload());
  }

  /** @param {HelloFrame} frame */
  onHello({ protocol, version }) {
    const isOld = protocol !== this.#release.protocol || version !== this.#release.version;
    this.#text.textContent = isOld ? words("newer-release") : "";
    this.#button.hidden = !isOld;
  }
}
