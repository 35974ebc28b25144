import { arrangeChildren, byId, cloneTemplate, find } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { countedWords, words } from "../lib/words.js";

/** @import { Me } from "../lib/page_config.js" */
/** @import { Drawer } from "../navigation/drawer.js" */
/** @import { DirectRoomCard, PeopleFrame } from "../transport/frames.d.ts" */

/**
 * The people in the shown room. Emits `write` (a name, to open the conversation) and `about` (a name).
 *
 * @extends {Emitter<{ write: string, about: string }>}
 */
export class PeoplePanel extends Emitter {
  #list = byId("names");
  #count = byId("people-count");
  #rest = byId("more-people");
  #me;
  #drawer;
  /** @type {Map<string, HTMLElement>} */
  #items = new Map();
  /** @type {Set<string>} */
  #muted = new Set();

  /**
   * @param {Me} me
   * @param {Drawer} drawer the one that holds the panel on narrow screens
   */
  constructor(me, drawer) {
    super();
    this.#me = me;
    this.#drawer = drawer;
  }

  /** @param {Pick<PeopleFrame, "count" | "names" | "muted">} people at most 100 of the names */
  show({ count, names, muted }) {
    this.#count.textContent = countedWords("people", count);
    this.#showNames(names, muted);
    const rest = count - names.length;
    this.#rest.textContent = rest > 0 ? countedWords("more-people", rest) : "";
  }

  /**
   * A private conversation: only whether the other person is online.
   *
   * @param {DirectRoomCard} room
   */
  showConversation({ online }) {
    this.#count.textContent = words(online ? "online" : "away");
    this.#showNames([], []);
    this.#rest.textContent = "";
  }

  /** @param {string} name */
  isMuted(name) {
    return this.#muted.has(name);
  }

  /**
   * @param {string[]} names
   * @param {string[]} muted
   */
  #showNames(names, muted) {
    this.#muted = new Set(muted);
    this.#items = new Map(names.map((name) => [name, this.#items.get(name) ?? this.#createItem(name)]));
    this.#items.forEach((item, name) => (find(item, ".muted").hidden = !this.isMuted(name)));
    arrangeChildren(this.#list, [...this.#items.values()]);
  }

  /** @param {string} name */
  #createItem(name) {
    const isOwn = name === this.#me.name;
    const item = cloneTemplate(isOwn ? "oneself" : "person");
    find(item, ".name").textContent = name;
    if (isOwn) return item;
    const [write, about] = [find(item, ".person"), find(item, ".more")];
    write.dataset.name = about.dataset.name = name;
    find(about, ".spoken").textContent = words("about-person", { name });
    write.addEventListener("click", () => void this.#onClick("write", name));
    about.addEventListener("click", () => void this.#onClick("about", name));
    return item;
  }

  /**
   * @param {"write" | "about"} choice
   * @param {string} name
   */
  async #onClick(choice, name) {
    await this.#drawer.close();
    this.emit(choice, name);
  }
}
