/**
 * The control protocol: one JSON object a line in each direction, over a local socket that only its owner may open.
 *
 * Both sides check what they are sent: a service outlives the programs that talk to it, in both directions.
 */
import { z } from "zod";
import { ERROR_CODES, type ErrorCode, TransitionError } from "../error.ts";
import { planJsonSchema } from "./plan-json.ts";

const asked = { who: z.string().max(200).optional(), reason: z.string().max(2_000).optional() };

/** What may be asked. `id` comes back with the answer, so that several requests can be under way. */
export const requestSchema = z.discriminatedUnion("command", [
  z.object({ id: z.number().optional(), command: z.literal("status") }),
  z.object({ id: z.number().optional(), command: z.literal("progress") }),
  z.object({ id: z.number().optional(), command: z.literal("plan") }),
  z.object({ id: z.number().optional(), command: z.literal("console"), ...asked }),
  z.object({ id: z.number().optional(), command: z.literal("reload"), hash: z.string().max(100).optional(), ...asked }),
  z.object({ id: z.number().optional(), command: z.literal("retry"), ...asked }),
  z.object({ id: z.number().optional(), command: z.literal("rollback"), ...asked }),
  z.object({
    id: z.number().optional(),
    command: z.literal("skip"),
    as: z.enum(["applied", "not-applied"]),
    ...asked,
    reason: z.string().min(1).max(2_000),
  }),
  z.object({ id: z.number().optional(), command: z.literal("pause"), ...asked }),
  z.object({ id: z.number().optional(), command: z.literal("resume"), ...asked }),
  z.object({ id: z.number().optional(), command: z.literal("down"), ...asked }),
]);

export type ControlRequest = z.infer<typeof requestSchema>;

export const participantSchema = z.object({
  up: z.boolean(),
  quiesced: z.boolean(),
  groups: z.number(),
  volumes: z.number(),
  served: z.number(),
  noticed: z.number(),
});

const transitionSchema = z.object({
  transitionId: z.string(),
  kind: z.string(),
  cause: z.object({ how: z.string(), who: z.string().optional(), reason: z.string().optional() }),
  paused: z.boolean(),
  held: z.object({ code: z.string(), message: z.string() }).optional(),
  callback: z.string().optional(),
  participant: z.string().optional(),
  /** Steps over, and all steps, of the present plan. */
  done: z.number(),
  total: z.number(),
  /** Milliseconds since it began. */
  elapsed: z.number().optional(),
  /** Steps that are waited for, with milliseconds so far. */
  running: z.array(
    z.object({
      subject: z.string(),
      elapsed: z.number(),
      deadline: z.number().optional(),
      /** Its last attempt failed, and it waits for the next one. */
      resting: z.boolean().optional(),
      fraction: z.number().optional(),
      text: z.string().optional(),
    }),
  ),
});

export const statusSchema = z.object({
  state: z.enum(["down", "signaling", "finishing", "up", "failed"]),
  version: z.string(),
  pid: z.number(),
  /** Milliseconds since the process began. */
  uptime: z.number().optional(),
  conf: z.string(),
  journal: z.string(),
  transition: transitionSchema.optional(),
  /** In registration order. */
  participants: z.array(participantSchema.extend({ name: z.string() })),
  inDoubt: z.array(z.object({ idempotencyKey: z.string(), participant: z.string(), callback: z.string() })),
  queued: z.array(z.string()),
  broken: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** What changes from moment to moment: cheap to ask for, however many volumes there are. */
const progressSchema = statusSchema.pick({ state: true, transition: true, queued: true });

export type ServiceProgress = z.infer<typeof progressSchema>;

export type ServiceStatus = z.infer<typeof statusSchema>;

const outcomeSchema = z.object({ outcome: z.string(), transitionId: z.string() });

/** What each command answers with. */
export const resultSchemas = {
  status: statusSchema,
  progress: progressSchema,
  plan: planJsonSchema,
  /** A page in which whoever opens it may steer, once. */
  console: z.object({ address: z.string() }),
  reload: outcomeSchema,
  retry: outcomeSchema,
  rollback: outcomeSchema,
  skip: outcomeSchema,
  pause: z.object({}),
  resume: z.object({}),
  down: z.object({}),
} as const satisfies Record<ControlRequest["command"], z.ZodType>;

export type ControlResult<Name extends ControlRequest["command"]> = z.infer<(typeof resultSchemas)[Name]>;

const problemSchema = z.looseObject({ rule: z.string(), message: z.string() });

const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  problems: z.array(problemSchema).optional(),
  participant: z.string().optional(),
  callback: z.string().optional(),
  subject: z.string().optional(),
  file: z.string().optional(),
  line: z.number().optional(),
});

export const answerSchema = z.union([
  z.object({ id: z.number().optional(), ok: z.literal(true), result: z.unknown() }),
  z.object({ id: z.number().optional(), ok: z.literal(false), error: errorSchema }),
]);

/** Characters of one line at most; requests are small. */
export const LINE_LIMIT = 65_536;

/** An error as it is sent. */
export function sentError(error: unknown): z.infer<typeof errorSchema> {
  if (!(error instanceof TransitionError)) return { code: "INTERNAL", message: String(error) };
  const { code, message, problems, participant, callback, subject, file, line } = error;
  return { code, message, problems: problems.map((each) => ({ ...each })), participant, callback, subject, file, line };
}

/** An error as it was sent, made into one again; a code of a newer service is said in its message. */
export function receivedError(sent: z.infer<typeof errorSchema>): TransitionError {
  const { code, message, problems, ...place } = sent;
  const known = code in ERROR_CODES;
  return new TransitionError(known ? (code as ErrorCode) : "INTERNAL", known ? message : `${code}: ${message}`, {
    ...place,
    problems,
  });
}
