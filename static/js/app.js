// Introduces the parts of the chat page to each other.

import { Actions } from "./timeline/message_actions.js";
import { Asides } from "./timeline/system_messages.js";
import { Asking } from "./transport/requests.js";
import { Blocked } from "./moderation/blocked_users.js";
import { Chat } from "./room/chat.js";
import { Clock } from "./lib/clock.js";
import { Completions } from "./composer/completions.js";
import { Composer } from "./composer/composer.js";
import { Countdown } from "./presence/room_countdown.js";
import { Drafts } from "./composer/drafts.js";
import { Drawer } from "./sidebar/drawer.js";
import { Gauge } from "./transport/connection_status.js";
import { Glance } from "./room/selectors.js";
import { Keyboard } from "./lib/shortcuts.js";
import { Levels } from "./notify/notification_levels.js";
import { Lines } from "./timeline/line_renderer.js";
import { Marks } from "./unread/read_markers.js";
import { Memory } from "./log/log_cache.js";
import { News } from "./notify/incoming.js";
import { Notices } from "./notify/notification_settings.js";
import { Notifier } from "./notify/notifier.js";
import { OrderSheet } from "./moderation/moderation_dialog.js";
import { Outbox } from "./composer/outbox.js";
import { People } from "./presence/people_panel.js";
import { PersonSheet } from "./moderation/person_dialog.js";
import { Place } from "./room/history_state.js";
import { forgetOthers, forgetRead } from "./pwa/local_data.js";
import { Pulse } from "./transport/ping_schedule.js";
import { ReportSheet } from "./moderation/report_dialog.js";
import { Release } from "./pwa/release_notice.js";
import { RoomControls } from "./sidebar/room_controls.js";
import { Said } from "./timeline/message_list.js";
import { Seen } from "./transport/flow_control.js";
import { Shelf } from "./composer/outbox_storage.js";
import { Sidebar } from "./sidebar/sidebar.js";
import { Socket } from "./transport/connection.js";
import { Sound } from "./notify/sound.js";
import { Status } from "./transport/connection_banner.js";
import { Suggestions } from "./composer/suggestions.js";
import { Tally } from "./unread/unread_badge.js";
import { Timeline } from "./timeline/timeline.js";
import { Toast } from "./lib/toast.js";
import { Typists } from "./presence/typing_indicator.js";
import { Waiting } from "./timeline/pending.js";
import { Way } from "./transport/transport_notice.js";
import { words } from "./lib/words.js";
import { employWorker } from "./pwa/register_worker.js";
import "./lib/focus_guard.js";
import "./lib/viewport.js";

const SIGN_IN_AGAIN = 4001;
const NOT_ALLOWED = 4003;

const root = document.getElementById("chat");
const given = root.dataset;
const me = { id: Number(given.userId), name: given.userName, staff: given.staff === "true" };

forgetOthers(me.id);
const clock = new Clock();
const marks = new Marks(me, (frame) => socket.send(frame));
const memory = new Memory(me.id);
const place = new Place(given);
new Suggestions(new Completions(commands(), { rooms: () => glance.rooms, people: () => glance.people }));
const composer = new Composer(new Drafts(me.id));
const toast = new Toast();
const blocked = new Blocked();
const lines = new Lines(clock, me, blocked);
const said = new Said(lines, clock);
const waiting = new Waiting(lines, toast);
const actions = new Actions(said, toast);
const timeline = new Timeline(said, waiting, new Asides(lines, said));
const drawers = { side: new Drawer("side"), people: new Drawer("people") };
const sidebar = new Sidebar(place, marks, drawers.side);
const people = new People(me, drawers.people);
const controls = new RoomControls(me, Object.values(drawers));
const asking = new Asking((frame) => socket.send(frame));
const order = new OrderSheet(me, (frame) => asking.ask(frame));
const person = new PersonSheet(me, blocked, { room: () => chat.shown, isMuted: (name) => people.isMuted(name) });
const report = new ReportSheet();
const paths = { socket: given.socket, stream: given.stream };
const socket = new Socket(paths, { resume: () => chat.resume(), mark: () => clock.mark() });
const outbox = new Outbox(new Shelf(me.id), (frame) => socket.send(frame));
const pulse = new Pulse(() => socket.send({ type: "ping", t: clock.mark() }));
const gauge = new Gauge(clock, { transport: () => socket.transport, synced: () => glance.synced });
const keyboard = new Keyboard();
const levels = new Levels(given.levelAddress);
const sound = new Sound();
const news = new News(me, blocked);
const notifier = new Notifier(me, levels, sound, place);
const tally = new Tally((id) => levels.of({ id }) === "nothing");
const notices = new Notices(levels, sound, () => chat.shown);
const seen = new Seen((frame) => socket.send(frame));
const typists = new Typists(me, (frame) => socket.send(frame));
const release = new Release({ protocol: Number(given.protocol), version: given.version });
const way = new Way(root);
const status = new Status(root, () => socket.start());
const room = Number(given.roomId) || (given.conversationWith ? place.stood : null);
const start = { room, conversationWith: given.conversationWith || null };
const chat = new Chat(me, start, {
  clock,
  marks,
  memory,
  place,
  composer,
  timeline,
  sidebar,
  people,
  controls,
  order,
  socket,
  outbox,
  seen,
  status,
  countdown: new Countdown(clock),
  toast,
  typists,
});

const glance = new Glance(chat, me);

socket.addEventListener("frame", ({ detail }) => {
  release.hear(detail);
  news.hear(detail);
  blocked.hear(detail);
  if (!asking.hear(detail)) chat.hear(detail);
  typists.hear(detail);
});
socket.addEventListener("state", ({ detail }) => {
  status.show(detail);
  way.show(detail);
  chat.lineChanged(detail);
  if (detail.state !== "open") asking.forget();
  if (detail.state === "open") clock.begin();
  if (detail.state === "open") pulse.begin();
  if (detail.code === SIGN_IN_AGAIN) signInAgain();
  if (detail.code === NOT_ALLOWED) forgetRead(me.id, memory);
});
outbox.addEventListener("change", () => chat.showWaiting());
timeline.addEventListener("end", () => chat.looked());
timeline.addEventListener("want", ({ detail }) => chat.ask(detail));
timeline.addEventListener("leap", () => place.forgetSeq());
waiting.addEventListener("retry", ({ detail }) => outbox.retry(detail));
waiting.addEventListener("discard", ({ detail }) => outbox.discard(detail));
actions.addEventListener("erase", ({ detail }) => chat.erase(detail));
actions.addEventListener("edit", ({ detail }) => composer.edit(detail));
composer.addEventListener("say", ({ detail }) => chat.say(detail));
composer.addEventListener("recall", () => glance.lastOwn && composer.edit(glance.lastOwn));
composer.addEventListener("change", (event) => {
  if (!chat.change(event.detail.message, event.detail.text)) event.preventDefault();
});
controls.addEventListener("command", ({ detail }) => chat.say(detail));
sidebar.addEventListener("open", ({ detail }) => chat.open(detail));
people.addEventListener("greet", ({ detail }) => chat.openWith(detail));
people.addEventListener("about", ({ detail }) => person.open(detail));
person.addEventListener("greet", ({ detail }) => chat.openWith(detail));
person.addEventListener("ask", ({ detail }) => ask(detail));
report.addEventListener("ask", ({ detail }) => ask({ ...detail, room: chat.shown.id }));
actions.addEventListener("about", ({ detail }) => person.open(detail.author.name));
actions.addEventListener("report", ({ detail }) => report.open(detail));
blocked.addEventListener("change", () => said.foldAnew());
place.addEventListener("back", ({ detail }) => chat.open(detail));
place.addEventListener("seek", ({ detail }) => timeline.seek(detail));
gauge.addEventListener("watch", ({ detail }) => pulse.watch(detail));
news.addEventListener("news", ({ detail }) => notifier.hear(detail));
notices.addEventListener("change", () => tally.count());
navigator.serviceWorker?.addEventListener("message", ({ data }) => data.open && chat.open(data.open));
keyboard.addEventListener("open", ({ detail }) => chat.open(detail));
keyboard.addEventListener("write", () => composer.takeFocus());
document.addEventListener("click", ({ target }) => begin(target.closest("[data-begin]")));
document.addEventListener("visibilitychange", () => chat.looked());

chat.showWaiting();
socket.start();
employWorker(given.start);

/** The table of commands, which the page carries. */
function commands() {
  const lines = document.getElementById("commands").content.querySelectorAll("li");
  return Array.from(lines, (line) => ({ usage: line.dataset.usage, does: line.textContent }));
}

function begin(button) {
  if (button) composer.begin(button.dataset.begin);
}

async function ask(frame) {
  const answer = await asking.ask(frame);
  toast.say(answer ? answer.text : words("needs-line"));
}

async function signInAgain() {
  await forgetRead(me.id, memory);
  location.assign(`${given.signIn}?next=${encodeURIComponent(location.pathname)}`);
}
