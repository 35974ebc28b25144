/** @import { LogCache } from "../log/log_cache.js" */
/** @import { ConnectionBanner } from "../status/connection_banner.js" */
/** @import { FlowControl } from "../transport/flow_control.js" */
/** @import { FrameRouter } from "../transport/frame_router.js" */
/** @import { Requests } from "../transport/requests.js" */
/** @import { AckFrame, ErrorFrame, EventsFrame, HelloFrame, NoticeFrame, PageFrame, PeopleFrame, ReplyFrame, RoomCard, RoomFrame, RoomGoneFrame, UnreadFrame } from "../transport/frames.d.ts" */
/** @import { Chat } from "./chat.js" */
/** @import { RoomEntry } from "./room_entry.js" */
/** @import { RoomStore } from "./room_store.js" */
/** @import { RoomParts, RoomView } from "./room_view.js" */

/** Applies server frames about rooms and messages to the store and the view. */
export class FrameHandlers {
  #store;
  #view;
  #entry;
  #chat;
  #parts;

  /**
   * @param {RoomStore} store
   * @param {RoomView} view
   * @param {RoomEntry} entry
   * @param {Chat} chat
   * @param {RoomParts & { cache: LogCache, requests: Requests, flow: FlowControl, banner: ConnectionBanner }} parts
   */
  constructor(store, view, entry, chat, parts) {
    this.#store = store;
    this.#view = view;
    this.#entry = entry;
    this.#chat = chat;
    this.#parts = parts;
  }

  /** @param {FrameRouter} router */
  register(router) {
    const { requests } = this.#parts;
    router.on("hello", (frame) => this.#onHello(frame));
    router.on("room", (frame) => this.#onRoom(frame));
    router.on("rooms", (frame) => this.#onRooms(frame.rooms));
    router.on("room_gone", (frame) => this.#onRoomGone(frame));
    router.on("people", (frame) => this.#onPeople(frame));
    router.on("events", (frame) => this.#view.trackUnread(frame.room, () => this.#onEvents(frame)));
    router.on("unread", (frame) => this.#onUnread(frame));
    router.on("page", (frame) => this.#onPage(frame));
    router.on("ack", (frame) => this.#onAck(frame));
    router.on("reply", (frame) => requests.settle(frame) || this.#onReply(frame));
    router.on("error", (frame) => requests.settle(frame) || this.#onError(frame));
    router.on("notice", (frame) => this.#onNotice(frame));
  }

  /** @param {HelloFrame} frame */
  #onHello(frame) {
    const { composer, markers, cache, outbox } = this.#parts;
    this.#store.onHello(frame);
    composer.limit = frame.limits.text;
    markers.onHello(this.#store.cards);
    cache.prune((id) => this.#store.has(id));
    this.#view.refreshList();
    this.#resumeConversation();
    outbox.restart();
  }

  /** Reads on in the shown conversation; at the start, in the one that the page's address names. */
  #resumeConversation() {
    const { conversationWith: name, shownId, isConversationShown } = this.#store;
    if (isConversationShown && shownId !== null) this.#entry.enter(shownId);
    else if (name && (this.#store.conversation(name) || !this.#parts.composer.text)) this.#chat.openConversation(name);
  }

  /** @param {RoomFrame} frame */
  #onRoom({ id, here, room }) {
    const merged = this.#store.merge(room);
    this.#parts.markers.update(room);
    if (this.#entry.settle(id) === room.id || here) this.#store.logs.of(room.id).isStale = false;
    if (here) this.#onJoined(room);
    this.#onCard(merged);
    this.#view.refreshList();
  }

  /** @param {RoomCard[]} rooms */
  #onRooms(rooms) {
    for (const room of rooms) {
      this.#parts.markers.update(room);
      this.#onCard(this.#store.merge(room));
    }
    this.#view.refreshList();
  }

  /** @param {RoomCard} room */
  #onCard(room) {
    const name = this.#store.conversationWith;
    // The address names a person without a conversation until now.
    if (name && room.kind === "direct" && room.with?.name === name) this.#chat.open(room.id);
    if (room.id === this.#store.shownId) this.#view.refresh(room);
  }

  /** @param {RoomCard} room */
  #onJoined(room) {
    const isRequested = !this.#store.isJoinUnrequested;
    this.#store.isJoinUnrequested = false;
    this.#store.joinedId = this.#parts.history.joinedRoom = room.id;
    if (isRequested || !this.#store.isConversationShown) this.#view.show(room, { replace: !isRequested });
  }

  /** @param {RoomGoneFrame} frame */
  #onRoomGone({ room, text, reason }) {
    const isAffected = room === this.#store.joinedId || room === this.#store.shownId;
    this.#store.remove(room);
    if (isAffected) this.#parts.timeline.addSystemMessage("notice", { code: reason, text });
    this.#view.refreshList();
  }

  /** @param {PeopleFrame} frame */
  #onPeople(frame) {
    this.#store.onPeople(frame);
    this.#view.refreshList();
    if (frame.room !== this.#store.shownId) return;
    if (this.#store.shown) this.#parts.header.show(this.#store.shown);
    if (frame.room === this.#store.joinedId) this.#parts.people.show(frame);
  }

  /** @param {EventsFrame} frame */
  #onEvents(frame) {
    const { markers, flow, outbox, timeline, banner } = this.#parts;
    const log = this.#store.logs.of(frame.room);
    markers.onEvents(frame);
    flow.onRendered(frame);
    const isOpen = frame.room === this.#store.joinedId || frame.room === this.#store.shownId;
    // Of a conversation never opened here nothing is held to continue from: its messages are only counted.
    if (!isOpen && !log.isKnown && !frame.reset) return;
    const changed = log.apply(frame);
    // Messages are missing before these.
    if (log.isStale && !this.#entry.isPending(frame.room)) this.#entry.enter(frame.room);
    const room = this.#store.get(frame.room);
    if (room) this.#parts.cache.save(room, log);
    outbox.removeStored(new Set(frame.messages.map(({ id }) => id)));
    if (frame.room !== this.#store.shownId) return;
    banner.showCaughtUp();
    if (frame.reset) timeline.show(log);
    else timeline.put(changed);
    if (frame.reset) this.#view.scrollToLinked();
    this.#view.markRead();
  }

  /** @param {UnreadFrame} frame */
  #onUnread(frame) {
    this.#parts.markers.onUnread(frame);
    this.#view.refreshList();
  }

  /** @param {PageFrame} frame */
  #onPage(frame) {
    const isApplied = this.#store.logs.of(frame.room).applyPage(frame);
    if (isApplied && frame.room === this.#store.shownId) this.#parts.timeline.onPage();
  }

  /** @param {AckFrame} frame */
  #onAck({ id, room, seq }) {
    const isShownAlready = room !== this.#store.shownId || this.#store.logs.of(room).last >= seq;
    if (isShownAlready) this.#parts.outbox.remove(id);
    else this.#parts.outbox.acknowledge(id);
  }

  /** @param {ReplyFrame} frame */
  #onReply(frame) {
    if (!this.#parts.outbox.remove(frame.id)) return;
    this.#parts.timeline.addSystemMessage(frame.ok ? "reply" : "error", contentOf(frame));
    if (frame.code === "bye") this.#parts.connection.finish();
  }

  /** @param {ErrorFrame} frame */
  #onError(frame) {
    const { outbox, timeline, connection } = this.#parts;
    if (frame.code === "disconnected") connection.finish();
    if (outbox.onError(frame)) return;
    this.#entry.settle(frame.id);
    if (this.#store.shownLog?.isRequested(frame.id)) timeline.retryPageAfter(frame.retry_after ?? 1);
    else timeline.addSystemMessage("error", frame);
  }

  /** @param {NoticeFrame} frame */
  #onNotice(frame) {
    if (!frame.room || frame.room === this.#store.shownId) this.#parts.timeline.addSystemMessage("notice", frame);
  }
}

/** @param {ReplyFrame} frame */
function contentOf({ id, code, text }) {
  return { id, code, text };
}
