/**
 * The statechart for those who drive it themselves.
 *
 * @module signaled/machines
 */
export { type LifecycleActorRef, lifecycleMachine } from "./lifecycle.ts";
export { type LifecycleStateName, type RequestKind, requestRefusal } from "./refusal.ts";
export type {
  LifecycleContext,
  LifecycleEmitted,
  LifecycleEventIn,
  LifecycleFailure,
  LifecycleInput,
  LifecyclePlace,
  LifecycleTransition,
  RequestEvent,
} from "./vocabulary.ts";
