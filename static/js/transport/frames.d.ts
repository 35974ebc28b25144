/** Frames of the chat protocol (docs/protocol.md). Made by `make protocol` from the server's schemas. */

/** A user as others see them, everywhere. */
export interface User { id: number; name: string; }

/** A message in a room's log; `id` is the UUID its author's client made, `at` the server's time, `html` is safe. */
export interface Message {
  id: string;
  seq: number;
  version: number;
  author: User | null;
  text: string;
  html: string;
  at: string;
  edited: boolean;
  erased: boolean;
}

/** A public room. In `hello`, and in `room` with `here: true`, a room one has been in has its read state too. */
export interface PublicRoomCard {
  id: number;
  kind: "public";
  name: string;
  people: number;
  owner: User | null;
  default: boolean;
  permanent: boolean;
  slow_seconds: number;
  topic: string;
  closes_at: string | null;
  last_seq?: number;
  read_seq?: number;
}

/** A private conversation of two people, as one of them sees it. */
export interface DirectRoomCard {
  id: number;
  kind: "direct";
  name: string;
  with: User | null;
  online: boolean;
  last_seq: number;
  read_seq: number;
}

/** Limits of the site, as `hello` states them. */
export interface Limits { text: number; frame: number; }

/** Data of a notice: which fields depends on its `code`. */
export interface NoticeData { name?: string; owner?: string; seconds?: number; closes_at?: string; }

/** How far a room's log goes and how far the person has read it (see *Unread*). */
export interface ReadState { last_seq?: number; read_seq?: number; }

/** Read state of one room. */
export interface UnreadState { last_seq?: number; read_seq?: number; room: number; }

/** A user who may not enter a room. */
export interface BannedMember { id: number; name: string; until: string | null; }

/** `data` of the reply to `banned`. */
export interface BannedMembers { room: number; users: BannedMember[]; }

export type RoomCard = PublicRoomCard | DirectRoomCard;

export type ModerationAction = "mute" | "unmute" | "remove" | "ban" | "unban" | "hand_over";

export type ReplyData = Partial<BannedMembers>;

/** Begins a connection. */
export interface HelloFrame {
  type: "hello";
  protocol: number;
  version: string;
  user: User;
  time: string;
  room: number;
  rooms: PublicRoomCard[];
  conversations: DirectRoomCard[];
  blocked: User[];
  limits: Limits;
}

/** Answers a message, an edit or an erasure: it is stored. */
export interface AckFrame {
  type: "ack";
  id: string;
  room: number;
  seq: number;
  version: number;
  at: string;
  duplicate: boolean;
}

/** Answers a command, or a frame that acts like one. */
export interface ReplyFrame { type: "reply"; id: string; ok: boolean; code: string; text: string; data: ReplyData; }

/** Refuses a frame; or gives the reason why the server closes the connection (see *Errors*). */
export interface ErrorFrame {
  type: "error";
  id: string | null;
  code: string;
  text: string;
  retry_after?: number;
  field?: string;
}

/** Brings new and changed messages of a room, in the order of `version`; with `reset`, in the order of `seq`. */
export interface EventsFrame {
  type: "events";
  room: number;
  epoch: string;
  since: number;
  version: number;
  messages: Message[];
  reset?: boolean;
  more?: boolean;
}

/** Answers `history`. */
export interface PageFrame { type: "page"; id: string | null; room: number; messages: Message[]; more: boolean; }

/** Shows the state of a room, new or changed. */
export interface RoomFrame { type: "room"; id?: string | null; here?: boolean; room: RoomCard; }

/** Shows public rooms that are new or changed; sent once a second at most. */
export interface RoomsFrame { type: "rooms"; rooms: PublicRoomCard[]; }

/** Takes a room off the list. If you were in it, a `room` with `here: true` follows. */
export interface RoomGoneFrame {
  type: "room_gone";
  room: number;
  name: string;
  reason: "deleted" | "closed" | "hidden" | "removed";
  text: string;
}

/** Lists the people in the room you are in. */
export interface PeopleFrame { type: "people"; room: number; count: number; names: string[]; muted: string[]; }

/** Brings a sentence to be shown once; it is never stored (see *Notices*). */
export interface NoticeFrame { type: "notice"; room: number | null; code: string; text: string; data: NoticeData; }

/** Answers `ping`. */
export interface PongFrame { type: "pong"; t: number; time: number; }

/** Says that the server is about to close the connection. */
export interface ByeFrame { type: "bye"; retry_after: number; }

/** Brings places of last messages and read markers that have risen; sent once a second at most (see *Unread*). */
export interface UnreadFrame { type: "unread"; rooms: UnreadState[]; }

/** Lists all whose messages one does not receive in private; fold their messages in rooms. */
export interface BlockedFrame { type: "blocked"; users: User[]; }

/** Shows who is writing. Forget it after 5 s, or when a message of theirs comes. It may be lost. */
export interface TypingFrame { type: "typing"; room: number; users: User[]; }

/** Answers `echo`. */
export interface EchoFrame { type: "echo"; id: string; text: string; }

/** Answers `watch`. */
export interface WatchingFrame {
  type: "watching";
  id: string | null;
  server: string;
  channel_layer: "redis" | "none";
  transport: "websocket" | "sse";
  event_seconds: number;
}

/** Comes every `event_seconds`, once in the whole deployment, however many processes it has. */
export interface ServerEventFrame { type: "server_event"; number: number; at: string; server: string; }

export type ServerFrame =
  HelloFrame | AckFrame | ReplyFrame | ErrorFrame | EventsFrame | PageFrame | RoomFrame | RoomsFrame | RoomGoneFrame |
  PeopleFrame | NoticeFrame | PongFrame | ByeFrame | UnreadFrame | BlockedFrame | TypingFrame | EchoFrame |
  WatchingFrame | ServerEventFrame;

export type ServerFrameType = ServerFrame["type"];

/** The server frame of a type: `ServerFrameOf<"ack">` is `AckFrame`. */
export type ServerFrameOf<Type extends ServerFrameType> = Extract<ServerFrame, { type: Type }>;

/** Sends a message, or runs a command if the text begins with `#` (see *Commands*). */
export interface SayFrame { type: "say"; id: string; text: string; room?: number | null; }

/** Enters a room and catches up. For a private conversation it only catches up, and you stay in your room. */
export interface EnterFrame {
  type: "enter";
  id?: string | null;
  room: number | string;
  epoch?: string;
  version?: number;
}

/** Asks for a page of a room's log: before, after or around a message, or the newest. Of long messages come fewer. */
export interface HistoryFrame {
  type: "history";
  id?: string | null;
  room: number;
  before?: number | null;
  after?: number | null;
  around?: number | null;
  limit?: number;
}

/** Changes the text of one's own message. */
export interface EditFrame { type: "edit"; id: string; room: number; seq: number; text: string; }

/** Erases one's own message. Answer: as to `edit`. */
export interface EraseFrame { type: "erase"; id: string; room: number; seq: number; }

/** Acknowledges what has been rendered. Send it at the latest after 1,024 messages, 512 KiB or 10 s. */
export interface SeenFrame { type: "seen"; rooms: Record<number, number>; }

/** Enters the default room. Answer: as to `enter` of the default room. */
export interface LeaveFrame { type: "leave"; id?: string | null; }

/** Asks for a `pong`: everything sent before has been handled when it comes. Answer: `pong`. */
export interface PingFrame { type: "ping"; t: number; }

/** Marks a room as read up to a message (see *Unread*). */
export interface ReadFrame { type: "read"; room: number; seq: number; }

/** Moderates a user in a room (see *Moderation*). Answer: `reply`, or `error`. */
export interface ModerateFrame {
  type: "moderate";
  id: string;
  room: number;
  action: ModerationAction;
  user: number | string;
}

/** Turns slow mode of a room on or off. Answer: `reply` with the code `slow_mode`, or `error`. */
export interface SlowFrame { type: "slow"; id: string; room: number; seconds: number; }

/** Lists the users who may not enter a room. */
export interface BannedFrame { type: "banned"; id: string; room: number; }

/** Reports a message to staff, with its text as it is now. Answer: `reply` with the code `reported`, or `error`. */
export interface ReportFrame { type: "report"; id: string; room: number; seq: number; why?: string; }

/** Blocks a user, whose private messages are refused from then on; or unblocks them. */
export interface BlockFrame { type: "block"; id: string; user: number | string; blocked?: boolean; }

/** Shows that the person is writing. Repeat it every 3 s while they do. Answer: none. */
export interface SendTypingFrame { type: "typing"; room: number; }

/** Asks for its text back. Answer: `echo`. */
export interface SendEchoFrame { type: "echo"; id: string; text: string; }

/** Sends an announcement to everybody who is connected, by staff; it is not stored. */
export interface BroadcastFrame { type: "broadcast"; id: string; text: string; }

/** Closes a room for everybody, by its owner or staff; `#dR` of another's room would hide it instead. */
export interface CloseFrame { type: "close"; id: string; room: number; }

/** Subscribes to server events. Answer: `watching`, and from then on `server_event`. */
export interface WatchFrame { type: "watch"; id?: string | null; }

export type ClientFrame =
  SayFrame | EnterFrame | HistoryFrame | EditFrame | EraseFrame | SeenFrame | LeaveFrame | PingFrame | ReadFrame |
  ModerateFrame | SlowFrame | BannedFrame | ReportFrame | BlockFrame | SendTypingFrame | SendEchoFrame | BroadcastFrame
  | CloseFrame | WatchFrame;
