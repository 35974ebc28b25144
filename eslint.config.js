// Browser floor: Safari 16.4, Chrome and Firefox of two years back; newer built-ins are refused by `lib` of tsconfig.json and the list below.

import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** Of the DOM and of JavaScript, what the oldest supported browsers lack, and what to use instead. */
const TOO_NEW = {
  // Safari 17.4 and later
  "URL.parse": "new URL in a try block",
  "URL.canParse": "new URL in a try block",
  "AbortSignal.any": "a listener of the abort event",
  "Promise.withResolvers": "new Promise",
  "Promise.try": "an async function",
  "Object.groupBy": "a loop",
  "Map.groupBy": "a loop",
  "Array.fromAsync": "a loop",
};
const TOO_NEW_METHODS = {
  checkVisibility: "isRendered of lib/dom.js",
  toReversed: "[...items].reverse()",
  toSorted: "[...items].sort()",
  toSpliced: "a copy",
  with: "a copy",
  isSubsetOf: "every",
  isSupersetOf: "every",
  isDisjointFrom: "some",
  symmetricDifference: "filter",
  showPopover: "a dialog",
  hidePopover: "a dialog",
  togglePopover: "a dialog",
  setHTMLUnsafe: "lib/trusted_types.js",
  moveBefore: "insertBefore",
  requestIdleCallback: "setTimeout",
  startViewTransition: "a plain change",
};

const tooNew = [
  ...Object.entries(TOO_NEW).map(([name, instead]) => {
    const [object, property] = name.split(".");
    return {
      selector: `MemberExpression[object.name="${object}"][property.name="${property}"]`,
      message: `${name} is newer than the oldest supported browsers: use ${instead}.`,
    };
  }),
  ...Object.entries(TOO_NEW_METHODS).map(([property, instead]) => ({
    selector: `CallExpression[callee.property.name="${property}"]`,
    message: `${property} is newer than the oldest supported browsers: use ${instead}.`,
  })),
  {
    selector: "Literal[value=/:popover-open|:has-slotted|:state\\(/]",
    message: "The oldest supported browsers throw a SyntaxError at this selector.",
  },
];

/** The DOM shows state and does not hold it. Server-rendered attributes are read by `chatConfig` and `templateValue`. */
const domState = [
  {
    selector: "MemberExpression[object.property.name='dataset']:not(AssignmentExpression > MemberExpression.left)",
    message: "Keep state in an object; for attributes of a template use templateValue.",
  },
  {
    selector: "CallExpression[callee.property.name='contains'][callee.object.property.name='classList']",
    message: "Keep state in an object.",
  },
];

export default tseslint.config(
  { ignores: ["**/*.d.ts"] },
  js.configs.recommended,
  {
    files: ["static/js/**/*.js", "tests/js/**/*.js"],
    plugins: { "@typescript-eslint": tseslint.plugin },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: {
        project: ["./tsconfig.json", "./tsconfig.worker.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // The type checker knows all names.
      "no-undef": "off",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
      "no-implicit-globals": "error",
      "no-restricted-syntax": ["error", ...tooNew, ...domState],
      // The test runner awaits the promises of its tests.
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: "test", package: "node:test" }] },
      ],
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "max-len": ["error", { code: 120, ignorePattern: "@import" }],
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 40],
    },
  },
  {
    files: ["static/js/lib/page_config.js"],
    rules: { "no-restricted-syntax": ["error", ...tooNew] },
  },
  {
    files: ["static/js/pwa/service_worker.js"],
    rules: { "no-implicit-globals": "off" },
  },
);
