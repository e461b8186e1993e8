/**
 * What the HTTP interface may be asked, as zod schemas. Everything that comes in from outside is read through one of these:
 * names and texts have a length, numbers a range, and what is not named here is not looked at.
 */
import { z } from "zod";
import { CALLBACK_NAMES, type CallbackName } from "../../plan/lifecycle-event.ts";

const name = z.string().min(1).max(1_000);
const seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const limit = (otherwise: number, most: number) => z.coerce.number().int().min(1).max(most).default(otherwise);
const reason = z.string().max(2_000).optional();
const hash = z.string().min(1).max(100);

export const atSchema = z.object({
  /** Right after this fact; now when it is left out. */
  at: seq.optional(),
});

export const nameSchema = z.object({ name });

export const transitionsQuery = z.object({
  before: seq.optional(),
  limit: limit(50, 200),
  /** A group's name stands for its volumes, too. */
  volume: name.optional(),
  group: name.optional(),
  participant: name.optional(),
  /** ISO 8601, or how long ago, such as 90m. */
  since: z.string().max(100).optional(),
  until: z.string().max(100).optional(),
});

/** `current` is the one under way or held, else the latest. */
export const transitionSchema = z.object({ id: z.string().min(1).max(200) });

export const stepsQuery = z.object({
  /** Position in `courses`; the last when it is left out. */
  course: z.coerce.number().int().min(0).optional(),
  phase: z.coerce.number().int().min(0),
  participant: name,
  offset: z.coerce.number().int().min(0).default(0),
  limit: limit(200, 1_000),
});

export const factsQuery = z.object({
  from: seq.default(1),
  to: seq.optional(),
  limit: limit(200, 1_000),
  type: z.string().max(100).optional(),
});

export const seqSchema = z.object({ seq });

export const momentsQuery = z.object({ at: z.string().min(1).max(100) });

export const differenceQuery = z.object({ from: seq, to: seq });

export const whyQuery = z.object({
  event: z.enum(CALLBACK_NAMES as unknown as readonly [CallbackName, ...CallbackName[]]),
  subject: z.string().max(1_000).default(""),
  /** In the transition with this fact; the latest with the event when it is left out. */
  seq: seq.optional(),
});

export const eventsQuery = z.object({
  /** Goes on after this fact, like the header `Last-Event-ID`. From now on when both are left out. */
  after: seq.optional(),
});

// ── Bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const sessionBody = z.object({ code: z.string().min(1).max(100) });

const conf = { text: z.string(), format: z.enum(["conf", "ini", "json"]).default("conf") };

export const checkBody = z.object(conf);

/** Without a text: what a reload of the file would do now. */
export const planBody = z.object({ text: conf.text.optional(), format: conf.format });

export const applyBody = z.object({
  ...conf,
  /** Of the plan that was looked at; another one by now is refused with PLAN_STALE. */
  hash,
  reason,
  /** Write the text into the configuration file first, keeping what was there beside it. */
  save: z.boolean().default(false),
});

export const reloadBody = z.object({ hash: hash.optional(), reason });

export const reasonBody = z.object({ reason });

export const skipBody = z.object({
  /** What is true of the failed step. */
  as: z.enum(["applied", "not-applied"]),
  reason: z.string().min(1).max(2_000),
});
