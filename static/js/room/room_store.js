import { RoomLogs } from "../log/room_logs.js";

/** @import { LogCache } from "../log/log_cache.js" */
/** @import { HelloFrame, PeopleFrame, RoomCard } from "../transport/frames.d.ts" */

/**
 * The state of all rooms: their cards and logs, which room is joined and which one is shown. A private conversation is
 * shown without leaving the joined room.
 */
export class RoomStore {
  /** @type {Map<number, RoomCard>} */
  #cards = new Map();
  logs;
  /** @type {number | null} */
  joinedId;
  /** @type {number | null} */
  shownId = null;
  /** The room to join with the next connection, instead of the joined one. @type {number | null} */
  rejoinId = null;
  /** The person whose conversation to open at the start. @type {string | null} */
  conversationWith;
  /** Whether the next join is not at the person's request: on arrival, after a reconnection, when a room is gone. */
  isJoinUnrequested = true;
  /** The people in the joined room. @type {Pick<PeopleFrame, "count" | "names" | "muted">} */
  people = { count: 0, names: [], muted: [] };

  /**
   * @param {LogCache} cache
   * @param {{ roomId: number | null, conversationWith: string | null }} start
   */
  constructor(cache, { roomId, conversationWith }) {
    this.logs = new RoomLogs(cache);
    this.joinedId = roomId;
    this.conversationWith = conversationWith;
  }

  get cards() {
    return [...this.#cards.values()];
  }

  /** @param {number} id */
  get(id) {
    return this.#cards.get(id);
  }

  /** @param {number | null} id */
  has(id) {
    return id !== null && this.#cards.has(id);
  }

  /** @param {string} name */
  conversation(name) {
    return this.cards.find((card) => card.kind === "direct" && card.with?.name === name);
  }

  get shown() {
    return this.shownId === null ? undefined : this.#cards.get(this.shownId);
  }

  get isConversationShown() {
    return this.shown?.kind === "direct";
  }

  /** The shown room's log. */
  get shownLog() {
    return this.shownId === null ? null : this.logs.of(this.shownId);
  }

  /** Query parameters of the next connection. */
  get resumePosition() {
    const room = this.rejoinId ?? this.joinedId;
    return room ? { room, ...this.logs.of(room).position } : {};
  }

  /** @param {RoomCard[]} cards */
  replaceAll(cards) {
    this.#cards = new Map(cards.map((card) => [card.id, card]));
  }

  /** @param {HelloFrame} frame */
  onHello({ rooms, conversations, room }) {
    this.replaceAll([...rooms, ...conversations]);
    this.logs.markStale();
    this.joinedId = room;
    this.rejoinId = null;
    this.isJoinUnrequested = true;
  }

  /**
   * Merges a card into what is known of the room: some frames leave the read state out.
   *
   * @param {RoomCard} card
   * @returns {RoomCard}
   */
  merge(card) {
    const merged = { ...this.#cards.get(card.id), ...card };
    this.#cards.set(card.id, merged);
    return merged;
  }

  /** @param {number} id */
  remove(id) {
    this.#cards.delete(id);
    this.logs.forget(id);
    this.isJoinUnrequested ||= id === this.joinedId;
  }

  /** @param {PeopleFrame} frame */
  onPeople(frame) {
    const card = this.#cards.get(frame.room);
    if (card?.kind === "public") card.people = frame.count;
    if (frame.room === this.joinedId) this.people = frame;
  }
}
