/**
 * The exit codes of `signaled`, as one table: scripts and service managers switch on them, so each has one meaning in all
 * commands. `docs/cli.md` is held against this table by a test.
 */
import { type ErrorCode, TransitionError } from "../error.ts";

export const EXIT_CODES = {
  ok: { code: 0, meaning: "It was done. For `run`: the service went down in order." },
  failed: {
    code: 1,
    meaning:
      "It was tried and failed, or was refused in the state that the service is in. The message says where things are.",
  },
  usage: { code: 2, meaning: "The command line is not of the documented form. Nothing was done." },
  conf: { code: 3, meaning: "A configuration is refused. Nothing was done; the message has file, line and reason." },
  unreachable: { code: 4, meaning: "No service listens on the control socket." },
  journal: {
    code: 5,
    meaning: "The journal cannot be used: locked by another service, damaged, or not to be read or written.",
  },
  incomplete: { code: 6, meaning: "`run` went down, but steps failed on the way; the message lists them." },
  abrupt: { code: 7, meaning: "`run` was ended at once by a third signal; the next start resumes from the journal." },
} as const;

type ExitName = keyof typeof EXIT_CODES;

/** The exit code of an error that ends a command. */
export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[error instanceof TransitionError ? exitNameOf(error.code) : "failed"].code;
}

function exitNameOf(code: ErrorCode): ExitName {
  if (code === "USAGE") return "usage";
  if (code === "CONTINUED") return "incomplete";
  if (code === "UNREACHABLE") return "unreachable";
  if (code.startsWith("JOURNAL_")) return "journal";
  if (isConfRefusal(code)) return "conf";
  return "failed";
}

/** Whether a configuration itself was refused, before anything was dispatched. */
export function isConfRefusal(code: ErrorCode): boolean {
  if (code === "CONF_CHANGED") return false;
  return (
    code.startsWith("CONF_") ||
    code === "SECTION_MISSING" ||
    code === "OPTION_MISSING" ||
    code === "OPTION_VALUE" ||
    code === "UPGRADE_REFUSED" ||
    code === "VALIDATION_REFUSED" ||
    code === "WHOAMI_CHANGED"
  );
}
