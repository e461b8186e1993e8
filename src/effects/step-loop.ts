/**
 * StepLoop: calls the steps of a batch one after the other, for as long as nobody has to wait.
 *
 * The hot loop of a start and of an end, which have a million steps. A step of it costs a context, an event, the call, and the
 * question whether to stop. The events are made here and not where they are known best (`EventList.at`, which makes the same
 * ones), since whether the compiler puts a function for it into the loop is a matter of luck, and a third of the time.
 */
import { type EventList, stepsFrom } from "../plan/event-list.ts";
import type { LifecycleEvent } from "../plan/lifecycle-event.ts";
import type { Brake } from "./brake.ts";
import { type DeliveryFrame, DispatchedStep } from "./dispatched-step.ts";
import type { ParticipantCallbacks, StepContext } from "./participant.ts";

/** A callback, for whichever event it is. */
export type Call = (
  this: ParticipantCallbacks,
  event: LifecycleEvent,
  context: StepContext,
) => void | PromiseLike<void>;

/** Callbacks whose events name a volume and no group; the type stands for those that name both as well. */
type VolumeCallback = "VolumeDestroyed" | "ServeVolume" | "UnserveVolume" | "VolumeToBeUnserved";

export class StepLoop {
  /** The step that was called last. */
  step: DispatchedStep | undefined;
  /** The position behind it. */
  next = 0;
  readonly #frame: DeliveryFrame;
  readonly #callbacks: ParticipantCallbacks;
  readonly #method: Call;
  readonly #brake: Brake;
  readonly #events: EventList;
  readonly #type: VolumeCallback;
  readonly #isAboutVolumes: boolean;
  readonly #names: readonly string[];
  readonly #stride: 1 | -1;
  // The block of events that is being told.
  #from = 0;
  #to = 0;
  #first = 0;
  #volumeGroupName: string | undefined;

  constructor(
    frame: DeliveryFrame,
    call: { readonly callbacks: ParticipantCallbacks; readonly method: Call },
    brake: Brake,
  ) {
    this.#frame = frame;
    this.#callbacks = call.callbacks;
    this.#method = call.method;
    this.#brake = brake;
    const { events } = frame.delivery;
    this.#events = events;
    this.#type = events.callback as VolumeCallback;
    this.#isAboutVolumes = events.isAboutVolumes;
    this.#names = events.names;
    this.#stride = events.stride;
  }

  /**
   * Calls the steps from one position on, up to another or until somebody brakes. Gives the promise that a step has answered
   * with. Throws what a step throws; `step` and `next` say which.
   */
  run(from: number, to: number): PromiseLike<void> | undefined {
    return this.#isAboutVolumes ? this.#runBlocks(from, to) : this.#runOthers(from, to);
  }

  /** Nine of ten steps: they are about volumes. The less there is in this loop, the better the compiler keeps its variables. */
  #runBlocks(from: number, to: number): PromiseLike<void> | undefined {
    const frame = this.#frame;
    const callbacks = this.#callbacks;
    const method = this.#method;
    const brake = this.#brake;
    const names = this.#names;
    const stride = this.#stride;
    const type = this.#type;
    let index = from;
    let step: DispatchedStep | undefined;
    try {
      do {
        this.#reach(index);
        // Not Math.min, whose result the compiler takes for a float and converts for every step.
        let end = this.#to;
        if (end > to) end = to;
        const volumeGroupName = this.#volumeGroupName;
        let position = stepsFrom(this.#first, index - this.#from, stride);
        do {
          step = new DispatchedStep(frame, index);
          const volumeName = names[position] as string;
          const event = volumeGroupName === undefined ? { type, volumeName } : { type, volumeName, volumeGroupName };
          index++;
          position += stride;
          const answer = method.call(callbacks, event as LifecycleEvent, step);
          if (answer !== undefined && isThenable(answer)) return answer;
          // Whoever brakes is asked about it outside: whether it concerns this batch.
        } while (index < end && !brake.stopped && !brake.paused);
      } while (index < to && !brake.stopped && !brake.paused);
      return undefined;
    } finally {
      this.step = step;
      this.next = index;
    }
  }

  /** The same for the rest. */
  #runOthers(from: number, to: number): PromiseLike<void> | undefined {
    const events = this.#events;
    const brake = this.#brake;
    let index = from;
    try {
      do {
        this.step = new DispatchedStep(this.#frame, index);
        const answer = this.#method.call(this.#callbacks, events.at(index++), this.step);
        if (answer !== undefined && isThenable(answer)) return answer;
      } while (index < to && !brake.stopped && !brake.paused);
      return undefined;
    } finally {
      this.next = index;
    }
  }

  /** Calls one step, as `run` does, and says in `caller` which. */
  one(index: number, caller: { step: DispatchedStep | undefined }): PromiseLike<void> | undefined {
    const step = new DispatchedStep(this.#frame, index);
    caller.step = step;
    const answer = this.#method.call(this.#callbacks, this.#eventAt(index), step);
    return answer !== undefined && isThenable(answer) ? answer : undefined;
  }

  #eventAt(index: number): LifecycleEvent {
    if (!this.#isAboutVolumes) return this.#events.at(index);
    this.#reach(index);
    const type = this.#type;
    const volumeName = this.#names[stepsFrom(this.#first, index - this.#from, this.#stride)] as string;
    const volumeGroupName = this.#volumeGroupName;
    return volumeGroupName === undefined
      ? { type, volumeName }
      : ({ type, volumeName, volumeGroupName } as LifecycleEvent);
  }

  /** Goes on to the block that the event at `index` is in. Steps are taken in order. */
  #reach(index: number): void {
    if (index < this.#to) return;
    const { count, first, volumeGroupName } = this.#events.blockFrom(index);
    this.#from = index;
    this.#to = index + count;
    this.#first = first;
    this.#volumeGroupName = volumeGroupName;
  }
}

function isThenable(value: void | PromiseLike<void>): value is PromiseLike<void> {
  const canHaveThen = (typeof value === "object" && value !== null) || typeof value === "function";
  return canHaveThen && typeof (value as PromiseLike<void>).then === "function";
}
