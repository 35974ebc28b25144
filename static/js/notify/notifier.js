import { words } from "../lib/words.js";

const CHARACTERS_SHOWN = 160;

/** Tells a reader who is elsewhere what is meant for them, as far as they want it told. */
export class Notifier {
  #me;
  #levels;
  #sound;
  #place;

  constructor(me, levels, sound, place) {
    this.#me = me;
    this.#levels = levels;
    this.#sound = sound;
    this.#place = place;
  }

  hear({ room, messages }) {
    const wanted = this.#wanted(room, messages).at(-1);
    if (!wanted || (!document.hidden && document.hasFocus())) return;
    this.#sound.play();
    if (globalThis.Notification?.permission === "granted") this.#show(room, wanted);
  }

  #wanted(room, messages) {
    const level = this.#levels.of(room);
    if (level === "all") return messages;
    return level === "mentions" ? messages.filter(({ html }) => html.includes(`data-user="${this.#me.id}"`)) : [];
  }

  /** One a room: a newer one takes the place of the last. */
  #show(room, { author, text }) {
    const name = author?.name ?? words("deleted-user");
    const title = room.kind === "direct" ? name : words("said-in", { name, room: room.name });
    const options = {
      body: [...text].slice(0, CHARACTERS_SHOWN).join(""),
      tag: `tertulia-${room.id}`,
      data: { address: this.#place.address(room), room: room.id },
    };
    // The worker knows whether another tab is being looked at; and phones let only it show anything.
    const worker = navigator.serviceWorker?.controller;
    if (worker) worker.postMessage({ notify: title, options });
    else new Notification(title, options).onclick = () => globalThis.focus();
  }
}
