/**
 * Options that several commands share, said once.
 */
import type { OptionForm } from "./command.ts";

export const HELP: OptionForm = { short: "h", help: "Show this help." };

export const ORDER: OptionForm = {
  value: "NAME",
  help: "documented (the default), or proxyfs: the order in which the original code runs.",
};

export const PARTICIPANTS: OptionForm = {
  value: "MODULE",
  repeated: true,
  help: "An ES module whose default export gets the instance and registers participants; may be given several times.",
};

export const SECRET: OptionForm = {
  value: "NAME",
  repeated: true,
  help: "Mask also options whose name contains NAME in what inspectors see; may be given several times.",
};

export const JSON_OUTPUT: OptionForm = { help: "Print JSON." };
