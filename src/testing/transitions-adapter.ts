/**
 * TransitionsAdapter: the words that a transcript of the real service may use, and what each does.
 *
 * Participants record what they hear and do nothing, unless the test brings its own. `docs/testing.md` tells the words to
 * people.
 */
import { parseConf } from "../conf/conf-text.ts";
import { upgradeConfMapIfNeeded } from "../conf/upgrade.ts";
import { TransitionError } from "../error.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import { type Command, ORDERS, type OrderName } from "../plan/order.ts";
import { readTopologyWithWarnings } from "../topology/read-topology.ts";
import type { StepMatch } from "./faults.ts";
import type { ScriptedParticipant } from "./scripted-participant.ts";
import type { TranscriptAdapter, TranscriptOutput } from "./transcript.ts";
import { type OwnParticipant, type TranscriptStage, transcriptStage } from "./transcript-stage.ts";

export interface TransitionsAdapterOptions {
  /** Participants of your own by the name that the transcript uses. Others hear the contract's 13 callbacks and do nothing. */
  readonly participants?: Readonly<Record<string, OwnParticipant>> | undefined;
}

/** An adapter with an instance of its own; take a new one for each transcript. */
export function transitionsAdapter({ participants = {} }: TransitionsAdapterOptions = {}): TranscriptAdapter {
  const stage = transcriptStage(participants);
  const shown = { details: false };
  return {
    run: async ({ name, args, conf }) => {
      if (name === "show") shown.details = wordIn(args[0], ["names", "arguments"]) === "arguments";
      const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
      if (word === undefined) throw new Error(`there is no command '${name}'`);
      return { ...(await word(stage, args, conf)), rows: shown };
    },
    close: () => stage.close(),
  };
}

type Word = (
  stage: TranscriptStage,
  args: readonly string[],
  conf: string,
) => TranscriptOutput | undefined | Promise<TranscriptOutput>;

const WORDS: Readonly<Record<string, Word>> = {
  // What the instance is made of
  order: (stage, [name]) => {
    stage.settings().order = wordIn(name, Object.keys(ORDERS)) as OrderName;
    return undefined;
  },
  policy: (stage, [name, retries = "1"]) => {
    const policy = wordIn(name, ["hold", "rollback", "retry"]) as "hold" | "rollback" | "retry";
    stage.settings().policy = policy === "retry" ? { retries: Number(retries), minTimeout: 1, maxTimeout: 1 } : policy;
    return undefined;
  },
  deadline: (stage, [duration]) => {
    stage.settings().deadline = millisecondsIn(duration);
    return undefined;
  },
  participants: (stage, names) => {
    stage.settings();
    for (const name of names) stage.cast(name);
    return undefined;
  },
  hears: (stage, [name = "", ...callbacks]) => {
    stage.settings().hears.set(name, callbacks.map(callbackIn));
    stage.actor(name);
    stage.cast(name);
    return undefined;
  },
  show: () => undefined,

  // What participants do
  fail: (stage, args) => {
    const { actor, step, rest } = stepIn(stage, args);
    actor.fail({ ...step, how: "throws", message: rest[0] });
    return undefined;
  },
  doubt: (stage, args) => {
    const { actor, step, rest } = stepIn(stage, args);
    actor.fail({ ...step, how: "in doubt", applied: wordIn(rest[0], ["applied", "not-applied"]) === "applied" });
    return undefined;
  },
  stall: (stage, args) => {
    const { actor, step } = stepIn(stage, args);
    actor.stall(step);
    return undefined;
  },
  object: (stage, [name = "", text = "no"]) => {
    stage.actor(name).object(text);
    return undefined;
  },
  consent: (stage, [name = ""]) => {
    stage.actor(name).object(undefined);
    return undefined;
  },
  release: (stage) => stage.perform("release", () => stage.release()),
  wait: async (stage, [duration]) => {
    await stage.clock.advance(millisecondsIn(duration));
    return stage.perform("wait", () => undefined);
  },

  // What is asked of the service
  up: (stage, _args, conf) => stage.perform("up", () => stage.transitions.up(parseConf(conf))),
  signaled: (stage, _args, conf) => stage.perform("signaled", () => stage.transitions.signaled(parseConf(conf))),
  down: (stage, [force]) =>
    stage.perform("down", () => stage.transitions.down(undefined, { force: force === "force" })),
  plan: (stage, [command], conf) => planned(stage, command, conf),
  check: (_stage, _args, conf) => checked(conf),
  retry: (stage) => stage.perform("retry", () => stage.transitions.retry()),
  rollback: (stage) => stage.perform("rollback", () => stage.transitions.rollback()),
  skip: (stage, [as, reason = "the transcript says so"]) => {
    const word = wordIn(as, ["applied", "not-applied"]) as "applied" | "not-applied";
    return stage.perform("skip", () => stage.transitions.skip(word, reason));
  },
  pause: (stage) => stage.perform("pause", () => stage.transitions.pause()),
  resume: (stage) => stage.perform("resume", () => stage.transitions.resume()),
  register: (stage, [name = ""]) => {
    stage.cast(name);
    return stage.perform("register", () => stage.register(name));
  },
  admit: (stage, [name = ""]) => stage.perform("admit", () => stage.transitions.admit(name)),
  unregister: (stage, [name = ""]) => stage.perform("unregister", () => stage.transitions.unregister(name)),
  status: (stage) => ({ lines: statusLines(stage) }),
};

/** Every word of the vocabulary. */
export const TRANSCRIPT_WORDS: readonly string[] = Object.keys(WORDS);

/** `PARTICIPANT CALLBACK [SUBJECT] …`: callbacks about nobody in particular take no subject. */
function stepIn(
  stage: TranscriptStage,
  [name = "", callback, ...others]: readonly string[],
): { readonly actor: ScriptedParticipant; readonly step: Omit<StepMatch, "call">; readonly rest: readonly string[] } {
  const actor = stage.actor(name);
  const known = callbackIn(callback ?? "");
  if (!actor.implements(known)) throw new Error(`${name} does not hear ${known}`);
  if (CALLBACKS[known].subject === "none") return { actor, step: { callback: known }, rest: others };
  const [subject, ...rest] = others;
  if (subject === undefined) throw new Error(`${known} is about a ${CALLBACKS[known].subject}: say which, or '*'`);
  return { actor, step: { callback: known, subject: subject === "*" ? undefined : subject }, rest };
}

function callbackIn(name: string): CallbackName {
  return wordIn(name, CALLBACK_NAMES) as CallbackName;
}

function wordIn(word: string | undefined, known: readonly string[]): string {
  if (word !== undefined && known.includes(word)) return word;
  throw new Error(`expected one of ${known.join(", ")}${word === undefined ? "" : `, not '${word}'`}`);
}

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

function millisecondsIn(duration = ""): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration);
  if (match === null) throw new Error(`expected a duration such as 500ms, 30s or 2m, not '${duration}'`);
  return Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
}

function planned({ transitions }: TranscriptStage, command: string | undefined, conf: string): TranscriptOutput {
  const next = transitions.status().state === "down" ? "up" : "signaled";
  const asked = wordIn(command ?? next, ["up", "signaled", "down"]) as Command;
  return orRefusal(() => {
    const plan = transitions.plan(asked, asked === "down" ? undefined : parseConf(conf));
    return { trace: [...plan.steps()] };
  });
}

function checked(conf: string): TranscriptOutput {
  return orRefusal(() => {
    const { warnings } = readTopologyWithWarnings(upgradeConfMapIfNeeded(parseConf(conf)));
    return { lines: ["ok", ...warnings.map(({ message }) => `warning: ${message}`)] };
  });
}

function orRefusal(act: () => TranscriptOutput): TranscriptOutput {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof TransitionError)) throw error;
    return { lines: [`${error.code}: ${error.message}`] };
  }
}

function statusLines({ transitions }: TranscriptStage): readonly string[] {
  const { state, transition, participants, queued, inDoubt } = transitions.status();
  const held = transition?.held === undefined ? "" : `, held: ${transition.held.message}`;
  const where = Object.entries(participants).map(([name, { up, quiesced, served, noticed }]) => {
    if (!up) return `${name}: down`;
    const announced = noticed.length === 0 ? "" : `, was told that ${noticed.join(" ")} will be unserved`;
    return `${name}: ${quiesced ? "quiesced" : "running"}, serves ${served.join(" ") || "nothing"}${announced}`;
  });
  return [
    `${state}${transition?.paused === true ? ", paused" : ""}${held}`,
    ...where,
    ...inDoubt.map(({ idempotencyKey }) => `in doubt: ${idempotencyKey}`),
    ...queued.map((kind) => `${kind} waits`),
  ];
}
