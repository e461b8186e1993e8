/**
 * The statechart for those who drive it themselves.
 *
 * @module signaled/machines
 */
export {
  type LifecycleActorRef,
  type LifecycleContext,
  type LifecycleEmitted,
  type LifecycleEventIn,
  type LifecycleFailure,
  type LifecycleInput,
  type LifecyclePlace,
  type LifecycleTransition,
  lifecycleMachine,
  type RequestEvent,
} from "./lifecycle.ts";
export { type LifecycleStateName, type RequestKind, requestRefusal } from "./refusal.ts";
