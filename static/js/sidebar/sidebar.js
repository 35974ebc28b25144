import { arrangeChildren, byId, cloneTemplate, find } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { countedWords, words } from "../lib/words.js";

/** @import { Drawer } from "../navigation/drawer.js" */
/** @import { DirectRoomCard, PublicRoomCard, RoomCard } from "../transport/frames.d.ts" */
/** @import { ReadMarkers } from "../unread/read_markers.js" */

/**
 * The lists of rooms and private conversations. Emits `open` (a room's id).
 *
 * @extends {Emitter<{ open: number }>}
 */
export class Sidebar extends Emitter {
  #rooms = byId("rooms");
  #conversations = byId("conversations");
  #empty = byId("no-conversations");
  #opener = byId("open-side");
  #address;
  #markers;
  #drawer;
  /** @type {Map<number, HTMLElement>} */
  #items = new Map();
  /** Ids in the order of the lists. @type {number[]} */
  order = [];

  /**
   * @param {(room: RoomCard) => string} address
   * @param {ReadMarkers} markers
   * @param {Drawer} drawer the one that holds the side bar on narrow screens
   */
  constructor(address, markers, drawer) {
    super();
    this.#address = address;
    this.#markers = markers;
    this.#drawer = drawer;
  }

  /**
   * @param {RoomCard[]} cards
   * @param {number | null} shown id of the shown room
   */
  show(cards, shown) {
    cards.forEach((card) => this.#update(card, card.id === shown));
    const rooms = sorted(cards.filter((card) => card.kind !== "direct"));
    const conversations = sorted(cards.filter((card) => card.kind === "direct"));
    this.#arrange(this.#rooms, rooms);
    this.#arrange(this.#conversations, conversations);
    this.order = [...rooms, ...conversations].map(({ id }) => id);
    this.#empty.hidden = conversations.length > 0;
    const hasUnread = this.order.some((id) => id !== shown && this.#markers.unread(id) > 0);
    this.#opener.dataset.news = String(hasUnread);
  }

  /**
   * @param {HTMLElement} list
   * @param {RoomCard[]} cards
   */
  #arrange(list, cards) {
    arrangeChildren(list, cards.map((card) => this.#item(card)));
  }

  /**
   * @param {RoomCard} card
   * @param {boolean} isShown
   */
  #update(card, isShown) {
    const item = this.#item(card);
    const link = find(item, "a", HTMLAnchorElement);
    link.href = this.#address(card);
    if (isShown) link.ariaCurrent = "page";
    else link.removeAttribute("aria-current");
    find(item, ".name").textContent = card.name;
    if (card.kind === "direct") this.#updateConversation(item, card);
    else this.#updateRoom(item, card);
    this.#updateUnread(item, this.#markers.unread(card.id));
  }

  /** @param {RoomCard} card */
  #item({ id, kind }) {
    const held = this.#items.get(id);
    if (held) return held;
    const item = cloneTemplate(kind === "direct" ? "conversation" : "room");
    item.dataset.room = String(id);
    item.addEventListener("click", (event) => void this.#onClick(event, id));
    this.#items.set(id, item);
    return item;
  }

  /**
   * @param {HTMLElement} item
   * @param {PublicRoomCard} card
   */
  #updateRoom(item, { people }) {
    item.dataset.people = String(people);
    find(item, ".count").textContent = String(people);
    find(item, ".spoken").textContent = countedWords("people", people);
  }

  /**
   * @param {HTMLElement} item
   * @param {DirectRoomCard} card
   */
  #updateConversation(item, { online }) {
    item.dataset.online = String(online);
    find(item, ".spoken").textContent = words(online ? "online" : "away");
  }

  /**
   * @param {HTMLElement} item
   * @param {number} unread
   */
  #updateUnread(item, unread) {
    item.dataset.unread = String(unread);
    find(item, ".unread").textContent = unread ? countedWords("unread", unread) : "";
  }

  /**
   * @param {MouseEvent} event
   * @param {number} id
   */
  async #onClick(event, id) {
    const opensNewTab = event.ctrlKey || event.metaKey || event.shiftKey;
    if (opensNewTab) return;
    event.preventDefault();
    await this.#drawer.close();
    this.emit("open", id);
  }
}

/**
 * The default room first, then by name.
 *
 * @param {RoomCard[]} cards
 */
function sorted(cards) {
  const rank = (/** @type {RoomCard} */ card) => (card.kind !== "direct" && card.default ? 0 : 1);
  return cards.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}
