// The lab: sends frames of the protocol by hand and shows what comes back.

import { Clock } from "../lib/clock.js";
import { byId, templateValue } from "../lib/dom.js";
import { isolated } from "../lib/isolated.js";
import { uuid } from "../lib/uuid.js";
import { SIGN_IN_AGAIN } from "../transport/close_codes.js";
import { Connection } from "../transport/connection.js";
import { FlowControl } from "../transport/flow_control.js";
import { FrameRouter } from "../transport/frame_router.js";
import { ConnectionFacts } from "./connection_facts.js";
import { FrameLog } from "./frame_log.js";

/** @import { RoomCard } from "../transport/frames.d.ts" */

const SAMPLE_MS = 1_000;

const root = byId("lab");
const config = (/** @type {string} */ name) => root.getAttribute(`data-${name}`) ?? "";
const clock = new Clock();
const facts = new ConnectionFacts(root, clock);
const log = new FrameLog();
const router = new FrameRouter();
/** @type {Map<number, string>} */
const names = new Map();
/** @type {number | null} */
let joined = null;
/** @type {{ epoch?: string, version?: number }} */
let position = {};

const paths = { socket: config("socket"), stream: config("stream") };
const connection = new Connection(paths, {
  resumePosition: () => (joined ? { room: joined, ...position } : {}),
  timestamp: () => clock.timestamp(),
});
const flow = new FlowControl((frame) => connection.send(frame));

router.on("hello", ({ rooms }) => {
  rooms.forEach(({ id, name }) => names.set(id, name));
  connection.send({ type: "watch", id: uuid() });
});
router.on("room", ({ here, room }) => {
  names.set(room.id, room.name);
  if (here) onJoined(room);
});
router.on("rooms", ({ rooms }) => rooms.forEach(({ id, name }) => names.set(id, name)));
router.on("room_gone", ({ room }) => names.delete(room));
router.on("events", (frame) => {
  flow.onRendered(frame);
  if (frame.room === joined) position = { epoch: frame.epoch, version: frame.version };
});
router.on("pong", (frame) => facts.onPong(frame));
router.on("watching", (frame) => facts.onWatching(frame));
router.on("server_event", (frame) => facts.onServerEvent(frame));
router.on("reply", ({ code }) => code === "bye" && connection.finish());

/** What the forms and buttons send, by `data-act`. @type {Record<string, (text: string) => unknown>} */
const actions = {
  echo: (text) => connection.send({ type: "echo", id: uuid(), text }),
  broadcast: (text) => connection.send({ type: "broadcast", id: uuid(), text }),
  join: (text) => connection.send({ type: "enter", id: uuid(), room: text }),
  say: (text) => connection.send({ type: "say", id: uuid(), text }),
  leave: () => connection.send({ type: "leave", id: uuid() }),
  close: () => joined && connection.send({ type: "close", id: uuid(), room: joined }),
  disconnect: () => connection.send({ type: "say", id: uuid(), text: "#exit" }),
  connect: () => connection.start(),
};

/** @param {RoomCard} room */
function onJoined(room) {
  if (room.id !== joined) position = {};
  joined = room.id;
  facts.showJoinedRoom(room.name);
}

connection.on("frame", (frame) => {
  router.dispatch(frame);
  facts.showRooms([...names.values()]);
  isolated(() => log.add(frame));
});
connection.on("state", (change) => {
  facts.showState(change);
  const signIn = `${config("sign-in")}?next=${encodeURIComponent(location.pathname)}`;
  if (change.code === SIGN_IN_AGAIN) location.assign(signIn);
});
root.addEventListener("submit", (event) => {
  event.preventDefault();
  const act = templateValue(event.target, "act");
  const field = event.target instanceof HTMLFormElement ? event.target.elements.namedItem("text") : null;
  if (act && field instanceof HTMLInputElement && actions[act](field.value)) field.value = "";
});
root.addEventListener("click", ({ target }) => {
  const act = target instanceof HTMLButtonElement && target.type === "button" ? templateValue(target, "act") : null;
  if (act) actions[act]("");
});

setInterval(() => connection.send({ type: "ping", t: clock.timestamp() }), SAMPLE_MS);
connection.start();
