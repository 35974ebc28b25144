import { byId, find, templateValue } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { words } from "../lib/words.js";
import { canModerate } from "./permissions.js";

/** @import { Me } from "../lib/page_config.js" */
/** @import { ModerationAction, PublicRoomCard, RoomCard } from "../transport/frames.d.ts" */
/** @import { RequestFrame, WithoutId } from "../transport/request_types.d.ts" */
/** @import { BlockedUsers } from "./blocked_users.js" */

/** Actions that cannot be undone at once. */
const CONFIRMED = new Set(["remove", "ban", "hand_over"]);

/**
 * The dialog about a person: write to them, block them and, in rooms one may moderate, moderate them.
 *
 * Emits `write` (their name) and `request` (a frame).
 *
 * @extends {Emitter<{ write: string, request: WithoutId<RequestFrame> }>}
 */
export class PersonDialog extends Emitter {
  #dialog = byId("person-dialog", HTMLDialogElement);
  #title = byId("person-title");
  #choices = byId("person-choices");
  #question = byId("person-question");
  #confirm = byId("person-yes");
  #me;
  #blocked;
  #shownRoom;
  #isMuted;
  #name = "";
  /** The action to confirm. */
  #action = "";

  /**
   * @param {Me} me
   * @param {BlockedUsers} blocked
   * @param {{ shownRoom: () => RoomCard | undefined, isMuted: (name: string) => boolean }} sources
   */
  constructor(me, blocked, { shownRoom, isMuted }) {
    super();
    this.#me = me;
    this.#blocked = blocked;
    this.#shownRoom = shownRoom;
    this.#isMuted = isMuted;
    for (const button of this.#buttons) {
      button.addEventListener("click", () => this.#choose(button));
    }
    this.#confirm.addEventListener("click", () => this.#perform(this.#action));
  }

  get #buttons() {
    return this.#choices.querySelectorAll("button");
  }

  /** @param {string} name */
  open(name) {
    const offered = this.#offered(name);
    this.#buttons.forEach((button) => (button.hidden = !offered[actionOf(button)]));
    this.#name = name;
    this.#title.textContent = name;
    this.#showQuestion(null);
    this.#dialog.showModal();
  }

  /**
   * The actions to offer, by name.
   *
   * @param {string} name
   * @returns {Record<string, boolean>}
   */
  #offered(name) {
    const room = this.#shownRoom();
    const isBlocked = this.#blocked.hasName(name);
    const personal = { greet: true, block: !isBlocked, unblock: isBlocked };
    if (!room || room.kind === "direct" || !canModerate(this.#me, room)) return personal;
    return { ...personal, ...this.#moderation(room, name) };
  }

  /**
   * @param {PublicRoomCard} room
   * @param {string} name
   */
  #moderation(room, name) {
    const isMuted = this.#isMuted(name);
    const isRemovable = !room.default && room.owner?.name !== name;
    return { mute: !isMuted, unmute: isMuted, remove: isRemovable, ban: isRemovable, hand_over: !room.default };
  }

  /** @param {HTMLButtonElement} button */
  #choose(button) {
    const action = actionOf(button);
    if (CONFIRMED.has(action)) this.#showQuestion(button);
    else this.#perform(action);
  }

  /** @param {HTMLButtonElement | null} button whose action is to be confirmed; null for the list of choices */
  #showQuestion(button) {
    const form = this.#question.parentElement;
    this.#choices.hidden = button !== null;
    if (form) form.hidden = button === null;
    if (!button) return;
    this.#action = actionOf(button);
    const room = this.#shownRoom()?.name ?? "";
    this.#question.textContent = words(`ask-${this.#action}`, { name: this.#name, room });
    this.#confirm.textContent = button.textContent?.trim() ?? "";
    find(this.#dialog, "[value=no]").focus();
  }

  /** @param {string} action */
  #perform(action) {
    this.#dialog.close();
    const user = this.#name;
    const room = this.#shownRoom();
    if (action === "greet") this.emit("write", user);
    else if (action === "block") this.emit("request", { type: "block", user, blocked: true });
    else if (action === "unblock") this.emit("request", { type: "block", user, blocked: false });
    else if (room) this.emit("request", { type: "moderate", room: room.id, action: asModeration(action), user });
  }
}

/** @param {HTMLButtonElement} button */
function actionOf(button) {
  return templateValue(button, "action") ?? "";
}

/** @param {string} action of the template's buttons, but the personal ones */
function asModeration(action) {
  return /** @type {ModerationAction} */ (action);
}
