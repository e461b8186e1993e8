/**
 * Registry: the participants in registration order, and every rule about registering.
 *
 * Registration order is what forward phases walk, so dependencies register before their dependents; `after` states such
 * a dependency, and is checked. The logger is always first. Source: the contract, "Registering".
 */
import { z } from "zod";
import { invariant, TransitionError } from "../error.ts";
import type { DeclaredParticipant } from "../journal/fact.ts";
import type { Ledger } from "../journal/ledger.ts";
import { CALLBACK_NAMES, CALLBACKS, type CallbackName } from "../plan/lifecycle-event.ts";
import type { PlannedParticipant } from "../plan/plan.ts";
import { millisecondsSchema, policySchema } from "./instance-options.ts";
import type {
  CallbackMethod,
  FailurePolicy,
  ParticipantCallbacks,
  ParticipantOptions,
  PerCallback,
} from "./participant.ts";

/** Name of the participant that the library itself registers first. Source: the contract, "The logger is special". */
export const LOGGER = "logger";

/** A registered participant, with its options worked out. */
export interface Registered {
  readonly name: string;
  readonly callbacks: ParticipantCallbacks;
  readonly implemented: readonly CallbackName[];
  readonly options: ParticipantOptions;
  /** As the planner sees it. */
  readonly planned: PlannedParticipant;
}

const METHODS = new Map<string, CallbackName>(CALLBACK_NAMES.map((name) => [CALLBACKS[name].method, name]));

const count = z.number().int().min(1);
const perCallback = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema, z.partialRecord(z.enum(["default", ...METHODS.keys()]), schema)]);
const optionsSchema = z.lazy(() =>
  z.strictObject({
    after: z.array(z.string()).optional(),
    durable: z.boolean().optional(),
    concurrency: perCallback(count).optional(),
    deadline: perCallback(millisecondsSchema).optional(),
    policy: perCallback(policySchema).optional(),
    durableSteps: z.boolean().optional(),
    validate: z.custom((value) => typeof value === "function", "must be a function").optional(),
    schemas: z
      .record(
        z.string(),
        z.custom((value) => value instanceof z.core.$ZodType, "must be a zod schema"),
      )
      .optional(),
  }),
);

const NO_OPTIONS: ParticipantOptions = {};

/** The participants of one instance, in registration order. */
export class Registry {
  readonly #participants: Registered[] = [];
  readonly #byName = new Map<string, Registered>();

  get participants(): readonly Registered[] {
    return this.#participants;
  }

  get(name: string): Registered | undefined {
    return this.#byName.get(name);
  }

  /** @throws TransitionError PARTICIPANT_NAME, PARTICIPANT_CALLBACKS, PARTICIPANT_OPTIONS, PARTICIPANT_ORDER */
  add(name: string, callbacks: ParticipantCallbacks, options: ParticipantOptions = NO_OPTIONS): Registered {
    this.#checkName(name);
    const implemented = implementedBy(name, callbacks);
    if (options !== NO_OPTIONS) this.#checkOptions(name, options);
    const participant = { name, callbacks, implemented, options, planned: { name, callbacks: implemented } };
    this.#participants.push(participant);
    this.#byName.set(name, participant);
    return participant;
  }

  /** @throws TransitionError PARTICIPANT_UNKNOWN, PARTICIPANT_NEEDED */
  checkRemovable(name: string): Registered {
    const participant = this.get(name);
    if (participant === undefined || name === LOGGER) {
      throw new TransitionError(
        "PARTICIPANT_UNKNOWN",
        `no participant '${name}' can be removed: it is not registered`,
        { participant: name },
      );
    }
    const dependent = this.#participants.find((other) => other.options.after?.includes(name));
    if (dependent !== undefined) {
      throw new TransitionError(
        "PARTICIPANT_NEEDED",
        `'${name}' cannot be removed: '${dependent.name}' is after it. Remove '${dependent.name}' first`,
        { participant: name },
      );
    }
    return participant;
  }

  remove(name: string): void {
    const at = this.#participants.findIndex((participant) => participant.name === name);
    if (at >= 0) this.#participants.splice(at, 1);
    this.#byName.delete(name);
  }

  #checkName(name: string): void {
    const refuse = (message: string) => new TransitionError("PARTICIPANT_NAME", message, { participant: name });
    if (typeof name !== "string" || name === "") throw refuse("a participant needs a name that is not empty");
    if (name === LOGGER && this.#participants.length > 0)
      throw refuse(`the name '${LOGGER}' is the built-in logger's: choose another`);
    if (this.get(name) !== undefined)
      throw refuse(`a participant named '${name}' is registered already: a name can be registered once`);
  }

  #checkOptions(name: string, options: ParticipantOptions): void {
    const checked = optionsSchema.safeParse(options);
    if (!checked.success) {
      throw new TransitionError(
        "PARTICIPANT_OPTIONS",
        `the options of participant '${name}' are not right: ${z.prettifyError(checked.error)}`,
        { participant: name },
      );
    }
    const refuse = (message: string) => new TransitionError("PARTICIPANT_ORDER", message, { participant: name });
    for (const dependency of options.after ?? []) {
      const before = this.get(dependency);
      if (before === undefined) {
        throw refuse(
          `participant '${name}' is after '${dependency}', which is not registered: register '${dependency}' first`,
        );
      }
      if (options.durable === true && before.options.durable !== true && dependency !== LOGGER) {
        throw refuse(
          `the durable participant '${name}' may not be after '${dependency}', which is volatile: after a crash '${dependency}' knows nothing of what '${name}' did`,
        );
      }
    }
  }
}

function implementedBy(name: string, callbacks: ParticipantCallbacks): readonly CallbackName[] {
  const refuse = (message: string) => new TransitionError("PARTICIPANT_CALLBACKS", message, { participant: name });
  if (typeof callbacks !== "object" || callbacks === null)
    throw refuse(`participant '${name}' needs an object with callbacks`);
  // An object literal has nothing but callbacks, so a name too many is a typo; a class may have methods of its own.
  const prototype: unknown = Object.getPrototypeOf(callbacks);
  const literal = prototype === Object.prototype || prototype === null;
  for (const key of literal ? Object.keys(callbacks) : []) {
    if (!METHODS.has(key) && typeof (callbacks as Record<string, unknown>)[key] === "function") {
      throw refuse(
        `participant '${name}' has a callback '${key}', which does not exist. The callbacks are ${[...METHODS.keys()].join(", ")}`,
      );
    }
  }
  const implemented: CallbackName[] = [];
  for (const callback of CALLBACK_NAMES) {
    const { method } = CALLBACKS[callback];
    const value = (callbacks as Record<string, unknown>)[method];
    if (value === undefined) continue;
    if (typeof value !== "function") throw refuse(`'${method}' of participant '${name}' is not a function`);
    implemented.push(callback);
  }
  return implemented;
}

/** Down, with nothing under way: whoever is registered now will take part. */
export function isFresh({ current, transition }: Ledger): boolean {
  return current === undefined && transition === undefined;
}

/** Who takes part in this lifecycle, in registration order: who registered while up comes in only when admitted. */
export function participantsHere(ledger: Ledger, registry: Registry): readonly Registered[] {
  const { participants } = registry;
  const isEverybody =
    ledger.participants.length === participants.length &&
    ledger.participants.every(({ name }, at) => name === participants[at]?.name);
  if (isEverybody) return participants;
  const declared = new Set(ledger.participants.map(({ name }) => name));
  return participants.filter(({ name }) => declared.has(name));
}

/** The participant of a step that is to be delivered: it is there as long as its steps are. */
export function registeredAs(name: string, registry: Registry): Registered {
  const participant = registry.get(name);
  invariant(participant !== undefined, `participant '${name}' of the plan is registered`);
  return participant;
}

/** Participants as the planner sees them. */
export function plannedOf(participants: readonly Registered[]): readonly PlannedParticipant[] {
  return participants.map(({ planned }) => planned);
}

/** The participant as the journal keeps it. */
export function declaredOf(participant: Registered): DeclaredParticipant {
  return {
    name: participant.name,
    callbacks: participant.implemented,
    after: participant.options.after ?? [],
    durable: participant.options.durable ?? false,
  };
}

/** The value of an option for one callback. */
export function optionFor<Value extends number | FailurePolicy>(
  option: PerCallback<Value> | undefined,
  method: CallbackMethod,
  otherwise: Value,
): Value {
  if (option === undefined) return otherwise;
  if (typeof option !== "object" || "retries" in option) return option as Value;
  const perMethod = option as { readonly [Method in CallbackMethod]?: Value } & { readonly default?: Value };
  return perMethod[method] ?? perMethod.default ?? otherwise;
}
