// Entry point of the chat page: creates its parts and connects them.

import { Completions } from "./composer/completions.js";
import { Composer } from "./composer/composer.js";
import { Drafts } from "./composer/drafts.js";
import { Outbox } from "./composer/outbox.js";
import { OutboxStorage } from "./composer/outbox_storage.js";
import { Suggestions } from "./composer/suggestions.js";
import { Clock } from "./lib/clock.js";
import { byId, templateValue } from "./lib/dom.js";
import { chatConfig } from "./lib/page_config.js";
import { Toast } from "./lib/toast.js";
import { words } from "./lib/words.js";
import { LogCache } from "./log/log_cache.js";
import { LineRenderer } from "./messages/line_renderer.js";
import { MessageList } from "./messages/message_list.js";
import { SystemMessages } from "./messages/system_messages.js";
import { BlockedUsers } from "./moderation/blocked_users.js";
import { ModerationDialog } from "./moderation/moderation_dialog.js";
import { PersonDialog } from "./moderation/person_dialog.js";
import { ReportDialog } from "./moderation/report_dialog.js";
import { Drawer } from "./navigation/drawer.js";
import { HistoryState } from "./navigation/history_state.js";
import { Shortcuts } from "./navigation/shortcuts.js";
import { Incoming } from "./notify/incoming.js";
import { NotificationLevels } from "./notify/notification_levels.js";
import { NotificationSettings } from "./notify/notification_settings.js";
import { Notifier } from "./notify/notifier.js";
import { Sound } from "./notify/sound.js";
import { PeoplePanel } from "./presence/people_panel.js";
import { RoomCountdown } from "./presence/room_countdown.js";
import { TypingIndicator } from "./presence/typing_indicator.js";
import { removeOthers, removeRead } from "./pwa/local_data.js";
import { registerWorker } from "./pwa/register_worker.js";
import { ReleaseNotice } from "./pwa/release_notice.js";
import { Chat } from "./room/chat.js";
import { FrameHandlers } from "./room/frame_handlers.js";
import { RoomControls } from "./room/room_controls.js";
import { RoomEntry } from "./room/room_entry.js";
import { RoomHeader } from "./room/room_header.js";
import { RoomStore } from "./room/room_store.js";
import { RoomView } from "./room/room_view.js";
import { Selectors } from "./room/selectors.js";
import { Sidebar } from "./sidebar/sidebar.js";
import { ConnectionBanner } from "./status/connection_banner.js";
import { ConnectionStatus } from "./status/connection_status.js";
import { PingSchedule } from "./status/ping_schedule.js";
import { TransportNotice } from "./status/transport_notice.js";
import { MessageActions } from "./timeline/message_actions.js";
import { PendingMessages } from "./timeline/pending.js";
import { Timeline } from "./timeline/timeline.js";
import { NOT_ALLOWED, SIGN_IN_AGAIN } from "./transport/close_codes.js";
import { Connection } from "./transport/connection.js";
import { FlowControl } from "./transport/flow_control.js";
import { FrameRouter } from "./transport/frame_router.js";
import { Requests } from "./transport/requests.js";
import { ReadMarkers } from "./unread/read_markers.js";
import { UnreadBadge } from "./unread/unread_badge.js";
import "./lib/viewport.js";
import "./navigation/focus_guard.js";

/** @import { ClientFrame } from "./transport/frames.d.ts" */
/** @import { RequestFrame, WithoutId } from "./transport/request_types.d.ts" */

const config = chatConfig();
const { me } = config;
removeOthers(me.id);

// Without the DOM: time, state and transport.
const clock = new Clock();
const cache = new LogCache(me.id);
const history = new HistoryState(config);
// A page of a private conversation does not name the room to join.
const roomId = config.roomId ?? (config.conversationWith ? history.joinedRoom : null);
const store = new RoomStore(cache, { roomId, conversationWith: config.conversationWith });
const selectors = new Selectors(store, me);
const connection = new Connection(config.paths, {
  resumePosition: () => store.resumePosition,
  timestamp: () => clock.timestamp(),
});
const send = (/** @type {ClientFrame} */ frame) => connection.send(frame);
const router = new FrameRouter();
const requests = new Requests(send);
const markers = new ReadMarkers(me, send);
const flow = new FlowControl(send);
const outbox = new Outbox(new OutboxStorage(me.id), send);
const pings = new PingSchedule(() => send({ type: "ping", t: clock.timestamp() }));

// Composer and timeline. Suggestions come before the composer: its key listener must run first.
const names = { rooms: () => selectors.roomNames, people: () => selectors.peopleNames };
new Suggestions(new Completions(commands(), names));
/** @type {Composer} */
const composer = new Composer(new Drafts(me.id), (message, text) => chat.edit(message, text));
const toast = new Toast();
const blocked = new BlockedUsers();
const renderer = new LineRenderer(clock, me, blocked);
const messageList = new MessageList(renderer, clock, me);
const pending = new PendingMessages(renderer, toast);
const actions = new MessageActions(messageList, me, toast);
const timeline = new Timeline(messageList, pending, new SystemMessages(renderer, messageList));

// Rooms and people.
const drawers = { side: new Drawer("side"), people: new Drawer("people") };
const sidebar = new Sidebar((room) => history.address(room), markers, drawers.side);
const people = new PeoplePanel(me, drawers.people);
const controls = new RoomControls(me, Object.values(drawers));
const moderation = new ModerationDialog(me, requests);
const isMuted = (/** @type {string} */ name) => people.isMuted(name);
const person = new PersonDialog(me, blocked, { shownRoom: () => store.shown, isMuted });
const report = new ReportDialog();
const typing = new TypingIndicator(me, send);

// Status and notifications.
const banner = new ConnectionBanner(() => connection.start());
const transportNotice = new TransportNotice();
const status = new ConnectionStatus(clock, {
  transport: () => connection.transportName,
  position: () => selectors.position,
});
const release = new ReleaseNotice(config.release);
const levels = new NotificationLevels(config.levelAddress);
const badge = new UnreadBadge(markers, levels);
const sound = new Sound();
const incoming = new Incoming(me, blocked);
const notifier = new Notifier(me, levels, sound, (room) => history.address(room));
const settings = new NotificationSettings(levels, sound, () => store.shown);
const shortcuts = new Shortcuts(
  {
    get order() {
      return sidebar.order;
    },
    get shown() {
      return store.shownId;
    },
    unread: (id) => markers.unread(id),
  },
  () => status.isOpen,
);

const countdown = new RoomCountdown(clock);
const header = new RoomHeader();
const roomParts = { controls, countdown, header, moderation, people, sidebar, timeline, typing };
const state = { badge, cache, history, markers, outbox };
const parts = { ...roomParts, ...state, banner, composer, connection, flow, requests, toast };
const view = new RoomView(store, parts);
const entry = new RoomEntry(store, send);
const chat = new Chat(store, view, entry, parts);

router.on("hello", (frame) => {
  release.onHello(frame);
  incoming.onHello(frame);
  blocked.replace(frame.blocked);
});
router.on("room", ({ room }) => incoming.update([room]));
router.on("rooms", ({ rooms }) => incoming.update(rooms));
router.on("blocked", ({ users }) => blocked.replace(users));
router.on("events", (frame) => incoming.onEvents(frame));
router.on("pong", (frame) => clock.onPong(frame));
new FrameHandlers(store, view, entry, chat, parts).register(router);
router.on("typing", (frame) => typing.onTyping(frame));
router.on("events", (frame) => typing.onEvents(frame));

connection.on("frame", (frame) => router.dispatch(frame));
connection.on("state", (change) => banner.show(change));
connection.on("state", (change) => transportNotice.show(change));
connection.on("state", (change) => chat.onConnectionState(change));
connection.on("state", ({ state, code }) => {
  if (state === "open") clock.restart();
  if (state === "open") pings.restart();
  else requests.abortAll();
  if (code === SIGN_IN_AGAIN) void signInAgain();
  if (code === NOT_ALLOWED) void removeCached();
});

outbox.on("change", () => view.refreshPending());
composer.on("send", (text) => chat.send(text));
composer.on("recall", () => selectors.lastOwnMessage && composer.edit(selectors.lastOwnMessage));
timeline.on("end", () => view.markRead());
timeline.on("page", (position) => chat.requestPage(position));
timeline.on("jump", () => history.clearSeq());
pending.on("retry", (id) => outbox.retry(id));
pending.on("discard", (id) => outbox.remove(id));
actions.on("erase", (message) => chat.erase(message));
actions.on("edit", (message) => composer.edit(message));
actions.on("about", ({ author }) => author && person.open(author.name));
actions.on("report", (message) => report.open(message));
controls.on("command", (command) => chat.send(command));
sidebar.on("open", (room) => chat.open(room));
people.on("write", (name) => chat.openConversation(name));
people.on("about", (name) => person.open(name));
person.on("write", (name) => chat.openConversation(name));
person.on("request", (frame) => void request(frame));
report.on("report", ({ seq, why }) => {
  if (store.shownId !== null) void request({ type: "report", room: store.shownId, seq, why });
});
blocked.on("change", () => messageList.refold());
history.on("room", (room) => chat.open(room));
history.on("message", (seq) => timeline.scrollTo(seq));
status.on("watch", (isWatched) => pings.watch(isWatched));
incoming.on("messages", (messages) => notifier.notify(messages));
settings.on("change", () => badge.refresh());
shortcuts.on("open", (room) => chat.open(room));
shortcuts.on("compose", () => composer.focusAtEnd());
navigator.serviceWorker?.addEventListener("message", ({ data }) => data.open && chat.open(data.open));
document.addEventListener("visibilitychange", () => view.markRead());
document.addEventListener("click", ({ target }) => {
  const text = templateValue(target, "begin");
  if (text !== null) composer.prefill(text);
});

view.refreshPending();
connection.start();
void registerWorker(config.start);

/** The commands, from the page's template. */
function commands() {
  const items = byId("commands", HTMLTemplateElement).content.querySelectorAll("li");
  return Array.from(items, (item) => ({ usage: templateValue(item, "usage") ?? "", does: item.textContent ?? "" }));
}

/** @param {WithoutId<RequestFrame>} frame */
async function request(frame) {
  const answer = await requests.send(frame);
  toast.show(answer ? answer.text : words("needs-line"));
}

async function removeCached() {
  cache.stop();
  await removeRead(me.id);
}

async function signInAgain() {
  await removeCached();
  location.assign(`${config.signIn}?next=${encodeURIComponent(location.pathname)}`);
}
