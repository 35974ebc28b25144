/** @import { Me } from "../lib/page_config.js" */
/** @import { RoomStore } from "./room_store.js" */

/** Values derived from the room store. */
export class Selectors {
  #store;
  #me;

  /**
   * @param {RoomStore} store
   * @param {Me} me
   */
  constructor(store, me) {
    this.#store = store;
    this.#me = me;
  }

  /** The person's own newest message in the shown room. */
  get lastOwnMessage() {
    const messages = this.#store.shownLog?.messages ?? [];
    return messages.findLast(({ author, erased }) => author?.id === this.#me.id && !erased);
  }

  /** Name and log position of the shown room, or null. */
  get position() {
    const { shown, shownLog } = this.#store;
    return shown && shownLog?.isKnown ? { room: shown.name, ...shownLog.position } : null;
  }

  get roomNames() {
    return this.#store.cards.filter(({ kind }) => kind !== "direct").map(({ name }) => name);
  }

  /** Names of the people who are here, have written here, or have a conversation with this person. */
  get peopleNames() {
    const authors = this.#store.shown ? (this.#store.shownLog?.messages ?? []).map(({ author }) => author?.name) : [];
    const others = this.#store.cards.map((card) => (card.kind === "direct" ? card.with?.name : undefined));
    const names = [...this.#store.people.names, ...authors, ...others];
    return names.filter((name) => name !== undefined).filter((name) => name !== this.#me.name);
  }
}
