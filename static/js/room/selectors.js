/** What other parts of the page want to know at a glance: of the room on show, and of all that is in sight. */
export class Glance {
  #chat;
  #me;

  constructor(chat, me) {
    this.#chat = chat;
    this.#me = me;
  }

  /** One's own newest message on show, or undefined. */
  get lastOwn() {
    return this.#chat.log.messages.findLast(({ author, erased }) => author?.id === this.#me.id && !erased);
  }

  /** How far the page has come in the room on show, `{room, epoch, version}`, or null. */
  get synced() {
    const { shown, log } = this.#chat;
    return shown && log.isKnown ? { room: shown.name, ...log.position } : null;
  }

  get rooms() {
    return this.#chat.rooms.filter(({ kind }) => kind !== "direct").map(({ name }) => name);
  }

  /** Names of those who are here, who have spoken here, and with whom one has spoken alone. */
  get people() {
    const authors = this.#chat.shown ? this.#chat.log.messages.map(({ author }) => author?.name) : [];
    const others = this.#chat.rooms.map((room) => room.with?.name);
    return [...this.#chat.people, ...authors, ...others].filter((name) => name && name !== this.#me.name);
  }
}
