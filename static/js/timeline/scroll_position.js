/** @import { MessageList } from "../messages/message_list.js" */

const AT_END_PIXELS = 48;

/** The scroll position of the timeline. While it follows, it stays at the end as messages come. */
export class ScrollPosition {
  #scroller;
  #list;
  #lastTop = 0;
  isFollowing = true;

  /**
   * @param {HTMLElement} scroller
   * @param {MessageList} list
   */
  constructor(scroller, list) {
    this.#scroller = scroller;
    this.#list = list;
    const resized = new ResizeObserver(() => this.isFollowing && this.#scrollToEnd());
    [scroller, ...scroller.children].forEach((element) => resized.observe(element));
  }

  follow() {
    this.isFollowing = true;
    this.#scrollToEnd();
  }

  /**
   * After a scroll event.
   *
   * @param {boolean} hasLater whether the log goes on below what is rendered
   */
  update(hasLater) {
    const { scrollTop } = this.#scroller;
    // Only scrolling up stops following: a shrinking window (on-screen keyboard, a notice) must not.
    if (this.fromEnd < AT_END_PIXELS && !hasLater) this.isFollowing = true;
    else if (scrollTop < this.#lastTop) this.isFollowing = false;
    this.#lastTop = scrollTop;
  }

  /** Pixels above the visible part. */
  get fromStart() {
    return this.#scroller.scrollTop;
  }

  /** Pixels below the visible part. */
  get fromEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  get height() {
    return this.#scroller.clientHeight;
  }

  /**
   * Changes the list above or below without moving the line that is being read.
   *
   * @param {() => void} change
   */
  preserve(change) {
    if (this.isFollowing) return change();
    const line = this.#list.lineBelow(this.#scroller.getBoundingClientRect().top);
    const before = line?.getBoundingClientRect().top ?? 0;
    change();
    if (line?.isConnected) this.#scroller.scrollTop += line.getBoundingClientRect().top - before;
  }

  #scrollToEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}
