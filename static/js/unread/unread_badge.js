import { title } from "../lib/page_title.js";

const side = document.getElementById("side");

/** Adds up what the side bar shows as unread, but for rooms that are to say nothing. */
export class Tally {
  #isSilent;

  /** `isSilent(id)`: whether the room with this id does not count. */
  constructor(isSilent) {
    this.#isSilent = isSilent;
    const watched = { subtree: true, childList: true, attributeFilter: ["data-unread"] };
    new MutationObserver(() => this.count()).observe(side, watched);
  }

  count() {
    const items = [...side.querySelectorAll("[data-unread]")].filter(({ dataset }) => !this.#isSilent(Number(dataset.room)));
    title.count = items.reduce((sum, { dataset }) => sum + Number(dataset.unread), 0);
  }
}
