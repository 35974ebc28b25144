import { pageTitle } from "../lib/page_title.js";

/** @import { NotificationLevels } from "../notify/notification_levels.js" */
/** @import { RoomCard } from "../transport/frames.d.ts" */
/** @import { ReadMarkers } from "./read_markers.js" */

/** The total of unread messages in the page's title and the app's badge, without rooms set to notify of nothing. */
export class UnreadBadge {
  #markers;
  #levels;
  /** @type {RoomCard[]} */
  #rooms = [];

  /**
   * @param {ReadMarkers} markers
   * @param {NotificationLevels} levels
   */
  constructor(markers, levels) {
    this.#markers = markers;
    this.#levels = levels;
  }

  /** @param {RoomCard[]} rooms */
  show(rooms) {
    this.#rooms = rooms;
    this.refresh();
  }

  /** After a notification level has changed. */
  refresh() {
    const counted = this.#rooms.filter((room) => this.#levels.of(room) !== "nothing");
    pageTitle.count = counted.reduce((sum, { id }) => sum + this.#markers.unread(id), 0);
  }
}
