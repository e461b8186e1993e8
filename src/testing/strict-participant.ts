/**
 * StrictParticipant: what a participant may assume, as a naive model that complains.
 *
 * Real participants lock gates, open files and add addresses, and go wrong in their own ways when the contract is broken:
 * a gate locked twice is a deadlock, a volume destroyed while served loses data. This one keeps the few facts that all of
 * them rely on and says in a sentence what was broken. It shares no code with the planner, so that both cannot be
 * wrong in the same way. It collects and never throws: a throw would be a failing callback to whoever called it.
 */
import { type LifecycleEvent, subjectOf } from "../plan/lifecycle-event.ts";
import { type Standing, standingDifference } from "./standing.ts";
import { groupKey, objection, type Touched, volumeKey } from "./strict-rules.ts";
import type { TopologyLike } from "./topology-like.ts";
import { eventText } from "./trace.ts";

/** A participant that knows what it may assume. */
export interface StrictParticipant {
  /** Everything that was wrong so far, in order; empty is what a test wants. */
  readonly complaints: readonly string[];
  /** What it has been told, to look at. */
  readonly standing: Standing;
  /**
   * Takes an event that took effect, and returns the complaint, if any. The event counts in any case, so that one fault
   * gives one complaint and not a trail. `transition` tells transitions apart; without it, one ends with SignaledFinish or
   * Down, which is too coarse where a transition goes on from a failed one.
   */
  apply(event: LifecycleEvent, transition?: string): string | undefined;
  /** The same for an event with its idempotency key: one with a key that was applied already is ignored. */
  deliver(event: LifecycleEvent, idempotencyKey: string): string | undefined;
  /** What is different from a participant that is up and was told exactly this, or, without a topology, one that is down. */
  endsAt(topology: TopologyLike | undefined): string | undefined;
  /** An equal one that goes its own way. Costs next to nothing until one of the two hears of something. */
  fork(): StrictParticipant;
  /** What is left after a crash: nothing of a volatile participant; of a durable one all but being up. */
  restarted(kind: "volatile" | "durable"): StrictParticipant;
}

export interface StrictOptions {
  /** With it, a volume may be served only in a group whose active peer is this one. */
  readonly whoAmI?: string | undefined;
  /** Where it begins. Default: it was told nothing yet. */
  readonly from?: Standing | undefined;
  /** It implements the two further callbacks, so `endsAt` compares virtual IP addresses as well. Default false. */
  readonly hearsChanges?: boolean | undefined;
}

/** One that was told nothing yet, or that stands where `from` says. */
export function strictParticipant(options: StrictOptions = {}): StrictParticipant {
  return make(options, { ...UNTOLD, ...options.from }, []);
}

/** What is remembered beside the standing, to find doubles. */
interface Memory extends Standing {
  /** Subjects told of in the running transition: by Created, Moved or Serve, or by Changed. */
  readonly touched: Touched;
  readonly transition: string | undefined;
  /** Idempotency keys that were applied. */
  readonly keys: ReadonlySet<string>;
}

/** The same, while this participant alone holds it. */
interface OwnMemory {
  up: boolean;
  quiesced: boolean;
  transition: string | undefined;
  readonly groups: Map<string, { readonly activePeer: string; readonly virtualIPAddr: string }>;
  readonly volumes: Map<string, string>;
  readonly served: Set<string>;
  readonly noticed: Set<string>;
  readonly touched: Map<string, "anew" | "changed">;
  readonly keys: Set<string>;
}

const UNTOLD: Memory = {
  up: false,
  quiesced: false,
  groups: new Map(),
  volumes: new Map(),
  served: new Set(),
  noticed: new Set(),
  touched: new Map(),
  transition: undefined,
  keys: new Set(),
};

function make(options: StrictOptions, start: Memory, before: readonly string[]): StrictParticipant {
  // Copied on the first write after a fork: exhaustive runs fork at each step and most forks end at once.
  let memory: Memory = start;
  let own: OwnMemory | undefined;
  let complaints = before;
  const writable = (): OwnMemory => {
    own ??= copyOf(memory);
    memory = own;
    return own;
  };
  const share = (): Memory => {
    own = undefined;
    return memory;
  };
  const apply = (event: LifecycleEvent, transition?: string): string | undefined => {
    const now = writable();
    beginTransition(now, transition);
    const reason = objection(now, event, options.whoAmI);
    evolve(now, event);
    if (reason === undefined) return undefined;
    const complaint = `${eventText(event)}: ${reason}.`;
    complaints = [...complaints, complaint];
    return complaint;
  };
  return {
    get complaints() {
      return complaints;
    },
    get standing() {
      return memory;
    },
    apply,
    deliver: (event, key) => {
      if (memory.keys.has(key)) return undefined;
      writable().keys.add(key);
      return apply(event, transitionOf(key, event));
    },
    endsAt: (topology) => standingDifference(memory, topology, options),
    fork: () => make(options, share(), complaints),
    restarted: (kind) =>
      make(options, kind === "volatile" ? UNTOLD : { ...share(), up: false, quiesced: false }, complaints),
  };
}

function copyOf(memory: Memory): OwnMemory {
  return {
    up: memory.up,
    quiesced: memory.quiesced,
    transition: memory.transition,
    groups: new Map(memory.groups),
    volumes: new Map(memory.volumes),
    served: new Set(memory.served),
    noticed: new Set(memory.noticed),
    touched: new Map(memory.touched),
    keys: new Set(memory.keys),
  };
}

/** A key is `transition/participant/callback/subject`, where the transition and the subject may have slashes of their own. */
function transitionOf(key: string, event: LifecycleEvent): string | undefined {
  const subject = subjectOf(event);
  const end = `/${event.type}${subject === "" ? "" : `/${subject}`}`;
  return key.endsWith(end) ? key.slice(0, key.lastIndexOf("/", key.length - end.length - 1)) : undefined;
}

function beginTransition(now: OwnMemory, transition: string | undefined): void {
  if (transition !== now.transition) now.touched.clear();
  now.transition = transition;
}

/** What the event tells, also when it should not have come. */
function evolve(now: OwnMemory, event: LifecycleEvent): void {
  switch (event.type) {
    case "Up":
      now.up = true;
      now.quiesced = true;
      return;
    case "SignaledStart":
      now.quiesced = true;
      return;
    case "SignaledFinish":
      now.quiesced = false;
      now.noticed.clear();
      now.touched.clear();
      return;
    case "Down":
      forget(now);
      return;
    case "VolumeGroupCreated":
    case "VolumeGroupMoved":
    case "VolumeGroupChanged":
      now.groups.set(event.volumeGroupName, { activePeer: event.activePeer, virtualIPAddr: event.virtualIPAddr });
      now.touched.set(groupKey(event.volumeGroupName), event.type === "VolumeGroupChanged" ? "changed" : "anew");
      return;
    case "VolumeGroupDestroyed":
      now.groups.delete(event.volumeGroupName);
      return;
    case "VolumeCreated":
    case "VolumeMoved":
      now.volumes.set(event.volumeName, event.volumeGroupName);
      now.touched.set(volumeKey(event.volumeName), "anew");
      return;
    case "VolumeChanged":
      now.touched.set(volumeKey(event.volumeName), "changed");
      return;
    case "VolumeDestroyed":
      now.volumes.delete(event.volumeName);
      now.served.delete(event.volumeName);
      now.noticed.delete(event.volumeName);
      return;
    case "ServeVolume":
      now.served.add(event.volumeName);
      now.touched.set(volumeKey(event.volumeName), "anew");
      return;
    case "UnserveVolume":
      now.served.delete(event.volumeName);
      now.noticed.delete(event.volumeName);
      return;
    case "VolumeToBeUnserved":
      now.noticed.add(event.volumeName);
      return;
  }
}

function forget(now: OwnMemory): void {
  now.up = false;
  now.quiesced = false;
  now.groups.clear();
  now.volumes.clear();
  now.served.clear();
  now.noticed.clear();
}
