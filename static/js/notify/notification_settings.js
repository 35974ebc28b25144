import { byId, find } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { words } from "../lib/words.js";

/** @import { RoomCard } from "../transport/frames.d.ts" */
/** @import { Level, NotificationLevels } from "./notification_levels.js" */
/** @import { Sound } from "./sound.js" */

/** Names of the browser's permission in this page. */
const PERMISSIONS = { default: "ask", granted: "allowed", denied: "denied" };

/**
 * The dialog with the shown room's notification level, sound, permission and installation. Emits `change`.
 *
 * @extends {Emitter<{ change: undefined }>}
 */
export class NotificationSettings extends Emitter {
  #dialog = byId("notices", HTMLDialogElement);
  #legend = byId("notices-room");
  #fields = byId("notices-levels");
  #problem = byId("notices-problem");
  #sound = byId("notices-sound", HTMLInputElement);
  #allow = byId("notices-allow");
  #permission = byId("notices-allowed");
  #install = byId("install");
  #levels;
  #shownRoom;
  /** @type {BeforeInstallPromptEvent | null} */
  #offer = null;

  /**
   * @param {NotificationLevels} levels
   * @param {Sound} sound
   * @param {() => RoomCard | undefined} shownRoom
   */
  constructor(levels, sound, shownRoom) {
    super();
    this.#levels = levels;
    this.#shownRoom = shownRoom;
    byId("open-notices").addEventListener("click", () => this.#open());
    for (const level of /** @type {Level[]} */ (["all", "mentions", "nothing"])) {
      this.#field(level).addEventListener("change", () => void this.#choose(level));
    }
    this.#sound.checked = sound.isOn;
    this.#sound.addEventListener("change", () => (sound.isOn = this.#sound.checked));
    this.#allow.addEventListener("click", () => void this.#requestPermission());
    this.#install.addEventListener("click", () => void this.#offer?.prompt());
    addEventListener("beforeinstallprompt", (event) => this.#onInstallOffer(event));
    addEventListener("appinstalled", () => (this.#install.hidden = true));
  }

  #open() {
    const room = this.#shownRoom();
    this.#fields.hidden = !room;
    this.#problem.textContent = "";
    if (room) this.#legend.textContent = words("level-of", { room: room.name });
    if (room) this.#field(this.#levels.of(room)).checked = true;
    this.#showPermission();
    this.#dialog.showModal();
  }

  /** @param {Level} level */
  #field(level) {
    return find(this.#fields, `[value="${level}"]`, HTMLInputElement);
  }

  /** @param {Level} level */
  async #choose(level) {
    const room = this.#shownRoom();
    if (!room) return;
    const isStored = await this.#levels.choose(room, level);
    this.#problem.textContent = isStored ? "" : words("needs-line");
    if (!isStored) this.#field(this.#levels.of(room)).checked = true;
    this.emit("change", undefined);
  }

  async #requestPermission() {
    await Notification.requestPermission();
    this.#showPermission();
  }

  #showPermission() {
    const permission = globalThis.Notification ? PERMISSIONS[Notification.permission] : "missing";
    this.#allow.hidden = permission !== "ask";
    this.#permission.textContent = permission === "ask" ? "" : words(`notifications-${permission}`);
  }

  /** @param {BeforeInstallPromptEvent} event */
  #onInstallOffer(event) {
    event.preventDefault();
    this.#offer = event;
    this.#install.hidden = false;
  }
}
