/**
 * Service: one lifecycle that is kept going, with what may be asked of it from outside.
 *
 * Signals and the control socket ask for the same things and get the same answers; what becomes of each request, whoever
 * made it, is said here in the log.
 */
import { dirname } from "node:path";
import { type ConfForm, loadConf, loadConfText } from "../conf/conf-file.ts";
import type { ConfMap } from "../conf/conf-map.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import type { TransitionResult } from "../effects/request.ts";
import type { Status, Transitions } from "../effects/transitions.ts";
import { messageOf, TransitionError } from "../error.ts";
import type { Cause } from "../journal/fact.ts";
import type { Plan } from "../plan/plan.ts";
import { type BuiltIn, BuiltInAdmission } from "./built-in-admission.ts";
import { type ConfCheck, checkConf, requireOwnSections } from "./conf-check.ts";
import { EXIT_CODES, exitCodeOf, isConfRefusal } from "./exit-code.ts";
import type { ServiceStages } from "./manager-telling.ts";
import type { ServiceLog } from "./service-log.ts";

export interface ServiceParts {
  readonly transitions: Transitions;
  readonly log: ServiceLog;
  /** Participants that a configuration turns on, in the order in which they register, behind all others. */
  readonly builtIns: readonly BuiltIn[];
  /** Absolute, so that a later working directory cannot change what is meant. */
  readonly conf: string;
  readonly overrides: readonly string[];
  /** Hears what the service sets out for, and when it is over. */
  readonly stages?: ServiceStages | undefined;
}

/** A configuration that was handed over, with the plan that was approved. */
export interface PostedConf {
  readonly confMap: ConfMap;
  readonly hash: string;
  /** Writes it into the file; undefined: the file stays as it is. */
  readonly save: (() => Promise<void>) | undefined;
}

/** Milliseconds that any callback may take once the service is told to hurry. */
const HURRIED_DEADLINE = 2_000;

export class Service {
  readonly #parts: ServiceParts;
  readonly #end: Deferred<number>;
  /** Up has been asked for: before it there is nothing to reload. */
  readonly #begun: Deferred<void>;
  readonly #builtIns: BuiltInAdmission;
  #termination: Promise<unknown> | undefined;
  /** Counts readings of the configuration: an older one that ends later must not win. */
  #reading = 0;
  /** Hash of the configuration that was posted last. */
  #posted: string | undefined;
  /** What the file had when it was read, or written, last. */
  #inFile: ConfMap | undefined;
  /** The transition asked for last, settled or not. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#builtIns = new BuiltInAdmission(parts.transitions, parts.builtIns);
    this.#end = deferred();
    this.#begun = deferred();
  }

  /** Resolves with an exit code when there is nothing left to run. */
  get ended(): Promise<number> {
    return this.#end.promise;
  }

  get conf(): string {
    return this.#parts.conf;
  }

  // ── What may be asked ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Comes up. @throws TransitionError where that leaves nothing to run: a refused configuration, a start rolled back */
  async start(confMap: ConfMap, cause: Cause): Promise<void> {
    const { transitions, log } = this.#parts;
    const ledger = await transitions.open();
    this.#builtIns.registerFor(confMap, ledger);
    if (this.#termination !== undefined) return;
    try {
      const up = this.#track(transitions.up(confMap, { cause }));
      this.#begun.resolve();
      await up;
    } catch (error) {
      if (this.#termination !== undefined) return;
      if (transitions.status().state === "down") throw error;
      this.#tellFailure("start", error);
      return;
    } finally {
      this.#parts.stages?.settled();
    }
    if (transitions.status().state === "up") log.info({ conf: this.#parts.conf }, "the service is up");
  }

  /** Reads the configuration again and goes to it. @throws TransitionError also where the service stays as it is */
  async reload(cause: Cause, expectedHash?: string): Promise<TransitionResult> {
    const over = this.#parts.stages?.reloading();
    try {
      await this.#begun.promise;
      const reading = ++this.#reading;
      const confMap = await this.readConf();
      if (reading !== this.#reading) return { outcome: "superseded", transitionId: "" };
      if (expectedHash !== undefined) await this.#requirePlan(confMap, expectedHash);
      await this.#admitBuiltIns(confMap);
      return await this.#track(this.#parts.transitions.signaled(confMap, { cause }));
    } catch (error) {
      this.#tellFailure("reload", error);
      throw error;
    } finally {
      over?.();
    }
  }

  /** The plan that a reload, to the file or to another configuration, would have now. */
  async plan(confMap?: ConfMap): Promise<Plan> {
    return this.#builtIns.planReload(confMap ?? (await this.readConf()));
  }

  /** Goes to a configuration that was handed over, if the plan is the one that was looked at. @throws TransitionError */
  async apply(posted: PostedConf, cause: Cause): Promise<TransitionResult> {
    const { confMap, hash, save } = posted;
    try {
      await this.#begun.promise;
      // A file that is being read for an earlier request must not win.
      this.#reading++;
      requireOwnSections(confMap);
      await this.#parts.transitions.validate(confMap);
      await this.#requirePlan(confMap, hash);
      await save?.();
      this.#takePosted(confMap, save !== undefined);
      await this.#admitBuiltIns(confMap);
      return await this.#track(this.#parts.transitions.signaled(confMap, { cause }));
    } catch (error) {
      this.#tellFailure("apply", error);
      throw error;
    }
  }

  /** Reads a text as the configuration file, and lets it include only what is beside that. @throws TransitionError */
  async readPosted(text: string, form: ConfForm): Promise<ConfMap> {
    const { conf, overrides } = this.#parts;
    return loadConfText(text, conf, { form, overrides, includeRoot: dirname(conf) });
  }

  /** Everything that would refuse a configuration. */
  check(confMap: ConfMap): Promise<ConfCheck> {
    return checkConf(confMap, (next) => this.#parts.transitions.validate(next));
  }

  retry(cause: Cause): Promise<TransitionResult> {
    return this.#operate("retry", () => this.#parts.transitions.retry({ cause }));
  }

  rollback(cause: Cause): Promise<TransitionResult> {
    return this.#operate("rollback", () => this.#parts.transitions.rollback({ cause }));
  }

  skip(as: "applied" | "not-applied", reason: string, cause: Cause): Promise<TransitionResult> {
    return this.#operate("skip", () => this.#parts.transitions.skip(as, reason, { cause }));
  }

  pause(cause: Cause): void {
    this.#parts.transitions.pause({ cause });
  }

  resume(cause: Cause): void {
    this.#parts.transitions.resume({ cause });
  }

  status(): Status {
    return this.#parts.transitions.status();
  }

  /** Whether everybody is at this configuration, and nothing is held. */
  async isInUse({ hash }: ConfMap): Promise<boolean> {
    const { current } = await this.#parts.transitions.open();
    return this.status().state === "up" && current?.confMap.hash === hash;
  }

  /** Whether this is a configuration that was posted, and that the file does not have. */
  isPosted(hash: string | undefined): boolean {
    return hash !== undefined && hash === this.#posted && hash !== upgradedHash(this.#inFile);
  }

  /** Goes down from wherever things are, past failures, and ends; gives what went wrong. A second request joins the first. */
  terminate(cause: Cause): Promise<unknown> {
    this.#termination ??= this.#goDown(cause);
    return this.#termination;
  }

  /** Lets no callback take longer from now on. */
  hurry(): void {
    this.#parts.log.warn({ deadline: HURRIED_DEADLINE }, "told to hurry: deadlines are shortened");
    this.#parts.transitions.limitDeadlines(HURRIED_DEADLINE);
  }

  /** @throws TransitionError with file, line and reason */
  async readConf(): Promise<ConfMap> {
    const { conf, overrides } = this.#parts;
    const confMap = await loadConf(conf, { overrides });
    requireOwnSections(confMap);
    this.#inFile = confMap;
    return confMap;
  }

  // ── What becomes of it ────────────────────────────────────────────────────────────────────────────────────────────

  async #operate(what: string, ask: () => Promise<TransitionResult>): Promise<TransitionResult> {
    try {
      return await this.#track(ask());
    } catch (error) {
      this.#tellFailure(what, error);
      throw error;
    } finally {
      this.#parts.stages?.settled();
      // A first start that is rolled back leaves nothing to run.
      if (this.#termination === undefined && this.status().state === "down") this.#end.resolve(EXIT_CODES.failed.code);
    }
  }

  #track<Result>(request: Promise<Result>): Promise<Result> {
    this.#last = request.catch(() => {});
    return request;
  }

  async #goDown(cause: Cause): Promise<unknown> {
    const { transitions, log, stages } = this.#parts;
    log.info({ how: cause.how, who: cause.who }, "going down");
    stages?.stopping();
    try {
      await transitions.down(undefined, { force: true, cause });
    } catch (error) {
      // Terminated before it came up.
      if (!(error instanceof TransitionError && error.code === "NOT_UP")) {
        log.error(errorFields(error), messageOf(error));
        this.#end.resolve(exitCodeOf(error));
        return error;
      }
    }
    this.#end.resolve(EXIT_CODES.ok.code);
    return undefined;
  }

  #tellFailure(what: string, error: unknown): void {
    const { log } = this.#parts;
    const { state } = this.status();
    if (error instanceof TransitionError && error.code === "JOURNAL_FENCED") {
      log.error(errorFields(error), `${error.message}; ending without calling any participant`);
      this.#end.resolve(EXIT_CODES.journal.code);
      return;
    }
    const refused = error instanceof TransitionError && isConfRefusal(error.code);
    const standing =
      state === "failed"
        ? "held there: signaled status shows where, and retry, rollback or skip go on"
        : "the service stays on the configuration that it has";
    log.error(errorFields(error), `${what} ${refused ? "refused" : "failed"}: ${messageOf(error)}; ${standing}`);
  }

  /** Who is asked for first is admitted once nothing is under way; behind a held transition that is refused. */
  async #admitBuiltIns(confMap: ConfMap): Promise<void> {
    if (!this.#builtIns.isNewIn(confMap)) return;
    await this.#last;
    if (this.#builtIns.isNewIn(confMap)) await this.#track(this.#builtIns.admitFor(confMap));
  }

  #takePosted(confMap: ConfMap, saved: boolean): void {
    const { hash } = upgradeConfMapIfNeeded(confMap);
    this.#posted = hash;
    if (saved) this.#inFile = confMap;
    else
      this.#parts.log.warn({ conf: hash }, "going to a posted configuration, which a reload or restart leaves again");
  }

  async #requirePlan(confMap: ConfMap, expectedHash: string): Promise<void> {
    const { transition } = this.status();
    if (transition !== undefined && transition.held === undefined) {
      throw new TransitionError(
        "BUSY",
        "a transition is under way, and the plan depends on where it leads: wait for it",
      );
    }
    const { hash } = await this.#builtIns.planReload(confMap);
    if (hash === expectedHash) return;
    throw new TransitionError(
      "PLAN_STALE",
      `the plan would be ${hash} now, and ${expectedHash} was approved: look at the plan again`,
    );
  }
}

/** The hash by which the journal knows a configuration; undefined for one that is refused. */
function upgradedHash(confMap: ConfMap | undefined): string | undefined {
  try {
    return confMap && upgradeConfMapIfNeeded(confMap).hash;
  } catch {
    return undefined;
  }
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
}

function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function errorFields(error: unknown): object {
  if (!(error instanceof TransitionError)) return { stack: error instanceof Error ? error.stack : undefined };
  const { code, file, line, participant, callback, subject, transitionId } = error;
  return { transitionId, code, file, line, failedParticipant: participant, callback, subject };
}
