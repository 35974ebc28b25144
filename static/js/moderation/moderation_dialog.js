import { arrangeChildren, byId, cloneTemplate, find } from "../lib/dom.js";
import { words } from "../lib/words.js";
import { canModerate } from "./permissions.js";

/** @import { Me } from "../lib/page_config.js" */
/** @import { PublicRoomCard, RoomCard, User } from "../transport/frames.d.ts" */
/** @import { Requests } from "../transport/requests.js" */
/** @import { RequestFrame, WithoutId, WithoutRoom } from "../transport/request_types.d.ts" */

/** The dialog in which a room's moderators set slow mode and lift bans. */
export class ModerationDialog {
  #opener = byId("keep-order");
  #dialog = byId("order-dialog", HTMLDialogElement);
  #slow = byId("slow-seconds", HTMLSelectElement);
  #list = byId("kept-out");
  #status = byId("order-status");
  #me;
  #requests;
  /** @type {PublicRoomCard | null} */
  #room = null;

  /**
   * @param {Me} me
   * @param {Requests} requests
   */
  constructor(me, requests) {
    this.#me = me;
    this.#requests = requests;
    this.#opener.addEventListener("click", () => this.#room && this.#open(this.#room));
    this.#slow.addEventListener("change", () => void this.#send({ type: "slow", seconds: Number(this.#slow.value) }));
  }

  /** @param {RoomCard} room */
  show(room) {
    this.#room = room.kind === "direct" ? null : room;
    this.#opener.hidden = !canModerate(this.#me, room);
  }

  /** @param {PublicRoomCard} room */
  #open(room) {
    this.#status.textContent = "";
    const choices = Array.from(this.#slow.options, ({ value }) => value);
    this.#slow.value = choices.findLast((value) => Number(value) <= room.slow_seconds) ?? "0";
    this.#dialog.showModal();
    void this.#loadBanned(room);
  }

  /** @param {PublicRoomCard} room */
  async #loadBanned(room) {
    const answer = await this.#requests.send({ type: "banned", room: room.id });
    const users = answer?.type === "reply" ? answer.data?.users : undefined;
    arrangeChildren(this.#list, (users ?? []).map((user) => this.#item(room, user)));
    if (users?.length === 0 && answer) this.#status.textContent = answer.text;
  }

  /**
   * @param {PublicRoomCard} room
   * @param {User} user
   */
  #item(room, user) {
    const item = cloneTemplate("kept-out-person");
    find(item, ".name").textContent = user.name;
    find(item, "button").addEventListener("click", () => void this.#unban(room, user));
    return item;
  }

  /**
   * @param {PublicRoomCard} room
   * @param {User} user
   */
  async #unban(room, user) {
    await this.#send({ type: "moderate", action: "unban", user: user.id });
    await this.#loadBanned(room);
    this.#slow.focus();
  }

  /** @param {WithoutRoom<Extract<WithoutId<RequestFrame>, { type: "slow" | "moderate" }>>} frame */
  async #send(frame) {
    if (!this.#room) return;
    const answer = await this.#requests.send({ ...frame, room: this.#room.id });
    this.#status.textContent = answer ? answer.text : words("needs-line");
  }
}
