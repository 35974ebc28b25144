/** @import { DirectRoomCard, EventsFrame, Message, PublicRoomCard, User } from "../../static/js/transport/frames.d.ts" */

export const ana = { id: 1, name: "ana" };
export const bob = { id: 2, name: "bob" };

/**
 * @param {number} seq
 * @param {Partial<Message>} [fields]
 * @returns {Message}
 */
export function message(seq, fields = {}) {
  const text = fields.text ?? `message ${seq}`;
  const defaults = { seq, version: seq, id: `id-${seq}`, author: bob, text, html: `<p>${text}</p>` };
  return { ...defaults, at: "2026-11-21T09:30:00.000Z", edited: false, erased: false, ...fields };
}

/**
 * Messages from `first` to `last`.
 *
 * @param {number} first
 * @param {number} last
 */
export function messages(first, last) {
  return Array.from({ length: last - first + 1 }, (_, index) => message(first + index));
}

/**
 * An `events` frame with these messages, complete up to the last one's version.
 *
 * @param {Message[]} changed
 * @param {Partial<EventsFrame>} [fields]
 * @returns {EventsFrame}
 */
export function events(changed, fields = {}) {
  const version = Math.max(0, ...changed.map((one) => one.version));
  return { type: "events", room: 7, epoch: "e1", since: version - 1, version, messages: changed, ...fields };
}

/**
 * @param {number} id
 * @param {Partial<PublicRoomCard>} [fields]
 * @returns {PublicRoomCard}
 */
export function publicRoom(id, fields = {}) {
  const defaults = { name: `room ${id}`, people: 0, owner: null, default: false, permanent: false };
  return { id, kind: "public", ...defaults, slow_seconds: 0, topic: "", closes_at: null, ...fields };
}

/**
 * @param {number} id
 * @param {User} other
 * @param {Partial<DirectRoomCard>} [fields]
 * @returns {DirectRoomCard}
 */
export function directRoom(id, other, fields = {}) {
  return { id, kind: "direct", name: other.name, with: other, online: true, last_seq: 0, read_seq: 0, ...fields };
}
