// Reports errors of our scripts to the server's log. Loaded before the page's other scripts, to see all of theirs.

import { describe, ReportLimit } from "./error_report.js";

const BASE = new URL("../", import.meta.url).href;
const ADDRESS = "/page-errors/";
const limit = new ReportLimit();

/**
 * @param {unknown} error
 * @param {string} [place]
 */
function report(error, place) {
  const described = describe(error, BASE, place);
  if (!described || !limit.allows(described, performance.now())) return;
  const release = document.querySelector("[data-version]")?.getAttribute("data-version") ?? "";
  const body = JSON.stringify({ ...described, release });
  const headers = { "Content-Type": "application/json" };
  // Offline, or refused by the server's own limit: the report is dropped.
  fetch(ADDRESS, { method: "POST", keepalive: true, headers, body }).catch(() => null);
}

addEventListener("error", ({ error, filename, lineno, colno }) => report(error, `${filename}:${lineno}:${colno}`));
addEventListener("unhandledrejection", ({ reason }) => report(reason));
