/**
 * What the HTTP interface answers, as zod schemas: the one truth from which the OpenAPI document is made, against which the
 * tests hold every route, and from which the console's author may take the shapes.
 *
 * Times are ISO 8601 in UTC, durations milliseconds, `seq` the position of a fact in the journal. Secrets are masked as
 * `***` wherever text or settings appear. Lists that may be long have `next`: where the following page begins, or null.
 */
import { z } from "zod";
import { CALLBACK_NAMES, type CallbackName } from "../../plan/lifecycle-event.ts";
import { participantSchema as countsSchema, statusSchema as serviceStatusSchema } from "../control-protocol.ts";
import { planJsonSchema } from "../plan-json.ts";

const seq = z.number().int().min(0);
const time = z.iso.datetime();
const callback = z.enum(CALLBACK_NAMES as unknown as readonly [CallbackName, ...CallbackName[]]);
const cause = z.object({ how: z.string(), who: z.string().optional(), reason: z.string().optional() });
const problem = z.object({
  rule: z.string(),
  message: z.string(),
  file: z.string().optional(),
  /** Counted from 1. */
  line: z.number().optional(),
  section: z.string().optional(),
  option: z.string().optional(),
  participant: z.string().optional(),
});

/** Every refusal and failure. */
export const errorSchema = z.object({
  error: z.object({
    /** One of docs/errors.md, or an HTTP matter: UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_LARGE, TOO_MANY. */
    code: z.string(),
    message: z.string(),
    problems: z.array(problem).optional(),
    participant: z.string().optional(),
    callback: z.string().optional(),
    subject: z.string().optional(),
    file: z.string().optional(),
    line: z.number().optional(),
  }),
});

export const meSchema = z.object({
  role: z.enum(["read", "steer"]),
  /** Name of the token, or the user at the other end of the socket. */
  who: z.string().nullable(),
  version: z.string(),
  /** Whether the actors of the lifecycle can be watched: the service runs with --inspect. */
  inspected: z.boolean(),
});

export const sessionSchema = z.object({ token: z.string(), role: z.literal("steer"), who: z.string() });

export const statusSchema = serviceStatusSchema.extend({
  seq,
  /** Of the configuration that was reached last; null while down. */
  confHash: z.string().nullable(),
  /** Whether that is what the file said when it was read last, or one that was posted and is not in the file. */
  confInUse: z.enum(["file", "posted"]),
  /** When this process began. */
  startedAt: time,
});

export const topologySchema = z.object({
  seq,
  whoAmI: z.string(),
  peers: z.array(z.string()),
  groups: z.array(
    z.object({
      name: z.string(),
      /** Empty: nobody. */
      activePeer: z.string(),
      /** Empty: none. */
      virtualIPAddr: z.string(),
      /** Whether this peer is to serve it. */
      served: z.boolean(),
      volumes: z.array(z.string()),
    }),
  ),
});

const participant = z.object({
  name: z.string(),
  durable: z.boolean(),
  after: z.array(z.string()),
  callbacks: z.array(callback),
  up: z.boolean(),
  quiesced: z.boolean(),
  counts: countsSchema.pick({ groups: true, volumes: true, served: true, noticed: true }),
});

/** In registration order. */
export const participantsSchema = z.object({ seq, participants: z.array(participant) });

export const participantSchema = participant.extend({
  seq,
  /** Group → active peer. */
  groups: z.record(z.string(), z.string()),
  /** Volume → its group. */
  volumes: z.record(z.string(), z.string()),
  served: z.array(z.string()),
  noticed: z.array(z.string()),
});

export const confSchema = z.object({
  seq,
  hash: z.string(),
  /** In the conf dialect, sorted; secrets masked. */
  text: z.string(),
  /** Path of the main file, where it came from one. */
  source: z.string().nullable(),
});

export const healthSchema = z.object({ ok: z.literal(true) });

export const readySchema = z.object({ ready: z.boolean(), state: serviceStatusSchema.shape.state });

// ── Transitions ─────────────────────────────────────────────────────────────────────────────────────────────────────

const failure = z.object({
  seq,
  participant: z.string().optional(),
  callback: z.string().optional(),
  subject: z.string().optional(),
  code: z.string(),
  message: z.string(),
});

const transitionFields = {
  chapter: z.literal("transition"),
  /** Of its first fact and of its last. */
  seq,
  lastSeq: seq,
  time,
  ended: time,
  transitionId: z.string(),
  kind: z.enum(["up", "signaled", "down", "rollback", "admit", "unregister"]),
  cause,
  outcome: z.enum(["finished", "unchanged", "rolled-back", "superseded", "interrupted", "held", "running"]),
  /** Of all its plans; those that nobody implements do not count. */
  steps: z.number().int(),
  failures: z.array(failure),
};
const transitionSummary = z.object(transitionFields);

/** What the timeline lists, newest first. */
export const summarySchema = z.discriminatedUnion("chapter", [
  transitionSummary,
  z.object({
    chapter: z.literal("refusal"),
    seq,
    time,
    kind: transitionFields.kind,
    cause,
    code: z.string(),
    message: z.string(),
  }),
  z.object({
    chapter: z.literal("process"),
    seq,
    time,
    program: z.string(),
    pid: z.number(),
    host: z.string(),
    epoch: z.number(),
  }),
]);

export const transitionsSchema = z.object({
  transitions: z.array(summarySchema),
  /** For `before`. A page may be shorter than `limit`, even empty, and still have a next one. */
  next: seq.nullable(),
});

export const cellSchema = z.object({
  /** Position in `phases`. */
  phase: z.number().int(),
  participant: z.string(),
  total: z.number().int(),
  done: z.number().int(),
  failed: z.number().int(),
  dropped: z.number().int(),
  inDoubt: z.number().int(),
  state: z.enum(["waiting", "running", "done", "failed", "overdue", "not-implemented"]),
});

export const runningSchema = z.object({
  participant: z.string(),
  callback: z.string(),
  /** Empty for a callback without one. */
  subject: z.string(),
  elapsed: z.number(),
  deadline: z.number(),
  /** Half of its deadline is over. */
  overdue: z.boolean(),
  /** As the callback reports: 0 to 1, and in words. */
  fraction: z.number().optional(),
  text: z.string().optional(),
});

const courseSchema = z.object({
  /** In registration order. */
  participants: z.array(z.string()),
  phases: z.array(
    z.object({
      callback,
      direction: z.enum(["registration", "reverse"]),
      subjects: z.number().int(),
      /** Up to 20, in the order in which they are delivered. */
      first: z.array(z.object({ subject: z.string(), event: z.looseObject({ type: callback }) })),
    }),
  ),
  /** In dispatch order. */
  cells: z.array(cellSchema),
});

export const boardSchema = z.object({
  ...transitionFields,
  order: z.enum(["documented", "proxyfs"]),
  held: z
    .object({
      code: z.string(),
      message: z.string(),
      participant: z.string().optional(),
      callback: z.string().optional(),
      subject: z.string().optional(),
    })
    .optional(),
  paused: z.boolean(),
  /** Every plan that was made, the present one last. */
  courses: z.array(courseSchema),
  running: z.array(runningSchema),
  /** What operators did on the way, in words. */
  remarks: z.array(z.string()),
});

export const stepsSchema = z.object({
  total: z.number().int(),
  steps: z.array(
    z.object({
      subject: z.string(),
      event: z.looseObject({ type: callback }),
      outcome: z.enum(["applied", "failed", "in-doubt", "dropped", "not-reached"]),
      idempotencyKey: z.string(),
    }),
  ),
});

// ── History ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A fact as the event stream has it. */
export const toldFactSchema = z.object({
  seq,
  time,
  type: z.string(),
  transitionId: z.string().optional(),
  /** What it says, in words. */
  text: z.string(),
});

export const factsSchema = z.object({
  facts: z.array(
    toldFactSchema.extend({
      /** As the journal has it, with long lists cut and secrets masked. */
      body: z.looseObject({}),
    }),
  ),
  next: seq.nullable(),
});

export const momentSchema = z.object({
  seq,
  time,
  /** Of the fact. */
  type: z.string(),
  state: z.enum(["down", "signaling", "up", "failed"]),
  /** The one that is under way or held. */
  transition: z
    .object({
      transitionId: z.string(),
      kind: transitionFields.kind,
      cause,
      held: z.object({ code: z.string(), message: z.string() }).optional(),
      paused: z.boolean(),
      callback: z.string().optional(),
      participant: z.string().optional(),
      done: z.number().int(),
      total: z.number().int(),
    })
    .optional(),
  participants: z.array(participant),
  confHash: z.string().nullable(),
  /** Of the configuration that was reached last. */
  groups: z.number().int(),
  volumes: z.number().int(),
  /** Volumes that some participant serves. */
  served: z.number().int(),
});

export const differenceSchema = z.object({
  from: seq,
  to: seq,
  conf: z.array(
    z.object({
      section: z.string(),
      option: z.string(),
      before: z.array(z.string()).optional(),
      after: z.array(z.string()).optional(),
      file: z.string().optional(),
      line: z.number().optional(),
    }),
  ),
  topology: z.object({
    groupsCreated: z.array(z.string()),
    groupsDestroyed: z.array(z.string()),
    groupsMoved: z.array(z.string()),
    volumesCreated: z.array(z.string()),
    volumesDestroyed: z.array(z.string()),
    volumesMoved: z.array(z.string()),
  }),
  /** In registration order; who is where they were is left out. */
  participants: z.array(z.object({ name: z.string(), changes: z.array(z.string()) })),
  /** Lists above are cut at 1,000 entries. */
  cut: z.boolean(),
});

export const whySchema = z.object({
  occurrences: z.array(
    z.object({
      event: z.string(),
      reason: z.string(),
      cause,
      time,
      transitionId: z.string(),
      kind: z.string(),
      outcome: z.string(),
      seq,
      told: z.array(z.object({ participant: z.string(), outcome: z.string() })),
      failures: z.array(failure),
    }),
  ),
});

// ── Changing ────────────────────────────────────────────────────────────────────────────────────────────────────────

export const checkSchema = z.object({ ok: z.boolean(), problems: z.array(problem), warnings: z.array(problem) });

export const planSchema = z.object({
  hash: z.string(),
  plan: planJsonSchema,
  /** One for each event, phase by phase, in the plan's order. */
  explanation: z.array(z.object({ callback, subject: z.string(), text: z.string() })),
  steps: z.number().int(),
  /** Lists of events, and the explanation, are cut at 10,000 events of one phase. */
  cut: z.boolean(),
});

export const outcomeSchema = z.object({
  outcome: z.enum(["finished", "unchanged", "superseded"]),
  /** Empty for a request that was superseded before it began. */
  transitionId: z.string(),
});

export const doneSchema = z.object({});

// ── Event stream ────────────────────────────────────────────────────────────────────────────────────────────────────

/** `event: progress`: what changed on the board of the running transition. Ask for the board first, then apply these. */
export const progressSchema = z.object({
  transitionId: z.string(),
  /** Position in the board's `courses`. A course that you do not know: ask for the board again. */
  course: z.number().int(),
  cells: z.array(cellSchema),
  running: z.array(runningSchema),
});
