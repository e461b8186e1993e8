/**
 * The one error class of Signaled and the catalogue of its codes.
 *
 * Every refusal and every failure that a caller can meet carries a code that can be switched on, and names the place
 * (file and line, or participant, callback and subject), so that nobody has to read a message with a regular expression.
 */

/** What each code means, for people. `docs/errors.md` is held against this table by a test. */
export const ERROR_CODES = {
  // Reading a conf
  CONF_UNREADABLE: "A configuration file cannot be opened or read.",
  CONF_ENCODING: "A configuration file is not valid UTF-8.",
  CONF_SYNTAX: "A line of a configuration file is not of the dialect.",
  CONF_INCLUDE_CYCLE: "A configuration file includes itself, directly or through others.",
  CONF_INCLUDE_LIMIT: "The same files are included over and over, beyond any use.",
  CONF_INCLUDE_OUTSIDE: "An include leaves the folder that includes may not leave.",
  CONF_OVERRIDE: "An override is not of the form Section.Option=values.",
  CONF_UNREPRESENTABLE: "A section, option or value cannot be written in the conf dialect.",
  SECTION_MISSING: "The section that was asked for is not there.",
  OPTION_MISSING: "The option that was asked for is not there.",
  OPTION_VALUE: "The option has the wrong number of values, or a value of the wrong form.",
  // Making a topology of it
  CONF_INVALID: "The configuration contradicts itself or lacks something; `problems` lists everything found.",
  UPGRADE_REFUSED: "The configuration is of the form before volume groups and cannot be upgraded.",
  // Registering
  PARTICIPANT_NAME: "A participant's name is empty, reserved or taken.",
  PARTICIPANT_CALLBACKS: "A participant has an unknown callback, or one that is not a function.",
  PARTICIPANT_ORDER:
    "A participant's `after` names one that is not registered before it, or that it may not depend on.",
  PARTICIPANT_OPTIONS: "A participant's options are not of the documented shape.",
  PARTICIPANT_UNKNOWN: "No participant of this name is registered.",
  PARTICIPANT_NEEDED: "Another participant is `after` this one, so it cannot be removed.",
  REGISTRATION_CLOSED: "Participants are registered before up, or admitted while up and idle.",
  // Asking for a transition
  ALREADY_UP: "up was asked for, but the lifecycle is up already or on its way there.",
  NOT_UP: "signaled or down was asked for, but the lifecycle is down.",
  CONF_CHANGED: "down was given a configuration with other groups, active peers or volumes than the current one.",
  WHOAMI_CHANGED: "The configuration names another WhoAmI than the one this process came up as.",
  VALIDATION_REFUSED: "A participant refuses the configuration; `problems` lists every objection.",
  REENTRANT: "A transition or command was asked for from inside a callback.",
  BUSY: "The command needs an idle lifecycle, and a transition is running.",
  NOTHING_HELD: "The operator command needs a failed, held or paused transition, and there is none.",
  CLOSED: "The instance has been closed.",
  // Running a transition
  CALLBACK_FAILED: "A participant's callback threw: nothing of the step is in effect.",
  IN_DOUBT: "A participant's callback cannot say whether its step took effect.",
  DEADLINE: "A participant's callback did not answer within its deadline; its step is in doubt.",
  ROLLED_BACK: "The transition failed and was rolled back to the state after the last finished one.",
  ROLLBACK_FAILED: "The transition failed, and so did its rollback; it is held where it stopped.",
  CONTINUED: "A termination went on past failures; `failures` lists them.",
  SUPERSEDED: "A later request took the place of this one.",
  // The journal
  JOURNAL_LOCKED: "Another process writes this journal.",
  JOURNAL_FENCED: "A later writer took this journal over; this one may write no more.",
  JOURNAL_VERSION: "An append expected another version of the stream than there is.",
  JOURNAL_DAMAGED: "The journal is damaged at the place named.",
  JOURNAL_NEWER: "The journal was written by a newer program.",
  JOURNAL_UNAVAILABLE: "The journal cannot be opened, read or written.",
  JOURNAL_IDENTITY: "The journal belongs to another WhoAmI.",
  // The programs around it
  UNREACHABLE: "No service listens on the control socket, or it does not answer.",
  PLAN_STALE: "The plan that was approved is not the plan that would be carried out now.",
  PARTICIPANT_MODULE: "A module of participants cannot be loaded, or does not register as documented.",
  USAGE: "A command line, or a call of the library, is not of the documented form.",
  INTERNAL: "An invariant of Signaled itself is broken: please report it.",
} as const;

/** A catalogued code: what went wrong, for programs. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** One thing found wrong, with the place where it is and, in the message, what to do about it. */
export interface Problem {
  /** Kebab-case name of the rule that was broken, such as `unknown-peer`. */
  readonly rule: string;
  readonly message: string;
  readonly section?: string | undefined;
  readonly option?: string | undefined;
  readonly file?: string | undefined;
  /** Counted from 1. */
  readonly line?: number | undefined;
  /** The participant that objects, where it was one. */
  readonly participant?: string | undefined;
}

/** Where an error belongs; every field is there only when it is known. */
export interface TransitionErrorDetails {
  readonly participant?: string | undefined;
  readonly callback?: string | undefined;
  /** The volume or volume group of the step. */
  readonly subject?: string | undefined;
  readonly file?: string | undefined;
  /** Counted from 1. */
  readonly line?: number | undefined;
  readonly section?: string | undefined;
  readonly option?: string | undefined;
  readonly transitionId?: string | undefined;
  readonly problems?: readonly Problem[] | undefined;
  /** Every failure of a termination that went on past them, in order. */
  readonly failures?: readonly TransitionError[] | undefined;
  readonly cause?: unknown;
}

/**
 * The error class of everything in Signaled: refusals (nothing was dispatched) and failures (a step did not succeed).
 * `code` is one of {@link ERROR_CODES}; conf errors carry `file` and `line`, dispatch errors `participant`, `callback`
 * and `subject`.
 */
export class TransitionError extends Error {
  override readonly name = "TransitionError";
  readonly code: ErrorCode;
  readonly participant: string | undefined;
  readonly callback: string | undefined;
  readonly subject: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly section: string | undefined;
  readonly option: string | undefined;
  readonly transitionId: string | undefined;
  readonly problems: readonly Problem[];
  readonly failures: readonly TransitionError[];

  constructor(code: ErrorCode, message: string, details: TransitionErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.participant = details.participant;
    this.callback = details.callback;
    this.subject = details.subject;
    this.file = details.file;
    this.line = details.line;
    this.section = details.section;
    this.option = details.option;
    this.transitionId = details.transitionId;
    this.problems = details.problems ?? [];
    this.failures = details.failures ?? [];
  }
}

/**
 * What a callback throws when it cannot say whether its step took effect: a plain throw asserts that nothing of the step
 * is in effect now, this one leaves the step in doubt, to be redelivered under the same idempotency key.
 */
export class InDoubtError extends Error {
  override readonly name = "InDoubtError";
}

/** Whether a thrown value is an {@link InDoubtError}, also one that another copy of this package has made. */
export function isInDoubt(thrown: unknown): boolean {
  try {
    return thrown instanceof InDoubtError || (thrown instanceof Error && thrown.name === "InDoubtError");
  } catch {
    return false;
  }
}

/** What a thrown value says. Callbacks may throw anything, also something that cannot be made into text. */
export function thrownText(thrown: unknown): string {
  try {
    const message: unknown =
      typeof thrown === "object" && thrown !== null && "message" in thrown ? thrown.message : thrown;
    return String(message);
  } catch {
    return "what was thrown cannot be made into text";
  }
}

/** What whatever was thrown says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Throws where an invariant of this program is broken: going on would act on a state that cannot be. */
export function invariant(holds: boolean, message: string): asserts holds {
  if (!holds) throw new TransitionError("INTERNAL", `broken invariant: ${message}`);
}
