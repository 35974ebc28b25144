/** Written before the worker's code by the server (rooms/install.py). */
declare const KNOWN: { version: string; files: string[]; static: string; start: string };
