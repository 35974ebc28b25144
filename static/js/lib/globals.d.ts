/** What the pages use and TypeScript's own libraries (ES2022, DOM) do not declare. */

type Timer = ReturnType<typeof setTimeout>;

// ES2023, but in Safari since 15.4 and in every other supported browser.
interface Array<T> {
  findLast(predicate: (item: T, index: number) => unknown): T | undefined;
}

/** Chromium's offer to install the site as an app. */
interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<{ outcome: string }>;
}

interface WindowEventMap {
  beforeinstallprompt: BeforeInstallPromptEvent;
  /** Ours: the person signs out, nothing may be stored any more. */
  leave: Event;
}
