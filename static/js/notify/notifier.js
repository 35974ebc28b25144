import { words } from "../lib/words.js";

/** @import { Me } from "../lib/page_config.js" */
/** @import { Message, RoomCard } from "../transport/frames.d.ts" */
/** @import { NewMessages } from "./incoming.js" */
/** @import { NotificationLevels } from "./notification_levels.js" */
/** @import { Sound } from "./sound.js" */

const MAX_CHARACTERS = 160;

/** Notifies a reader whose attention is elsewhere, by sound and by the system's notifications. */
export class Notifier {
  #me;
  #levels;
  #sound;
  #address;

  /**
   * @param {Me} me
   * @param {NotificationLevels} levels
   * @param {Sound} sound
   * @param {(room: RoomCard) => string} address
   */
  constructor(me, levels, sound, address) {
    this.#me = me;
    this.#levels = levels;
    this.#sound = sound;
    this.#address = address;
  }

  /** @param {NewMessages} incoming */
  notify({ room, messages }) {
    const newest = this.#selected(room, messages).at(-1);
    if (!newest || (!document.hidden && document.hasFocus())) return;
    this.#sound.play();
    if (globalThis.Notification?.permission === "granted") this.#show(room, newest);
  }

  /**
   * @param {RoomCard} room
   * @param {Message[]} messages
   */
  #selected(room, messages) {
    const level = this.#levels.of(room);
    if (level === "all") return messages;
    return level === "mentions" ? messages.filter(({ html }) => html.includes(`data-user="${this.#me.id}"`)) : [];
  }

  /**
   * One notification a room: a newer one replaces the last.
   *
   * @param {RoomCard} room
   * @param {Message} message
   */
  #show(room, { author, text }) {
    const name = author?.name ?? words("deleted-user");
    const title = room.kind === "direct" ? name : words("said-in", { name, room: room.name });
    const options = {
      body: [...text].slice(0, MAX_CHARACTERS).join(""),
      tag: `tertulia-${room.id}`,
      data: { address: this.#address(room), room: room.id },
    };
    // The worker knows whether another tab has the focus; and on phones only workers may show notifications.
    const worker = navigator.serviceWorker?.controller;
    if (worker) worker.postMessage({ notify: title, options });
    else new Notification(title, options).onclick = () => globalThis.focus();
  }
}
