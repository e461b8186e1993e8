/** The public API of Signaled. Everything an application needs is named here, and nothing else is promised. */

export {
  type LifecycleContext,
  type LifecycleEmitted,
  type LifecycleEventIn,
  type LifecycleInput,
  lifecycleMachine,
} from "../machines/index.ts";
export { loadConf } from "./conf/conf-file.ts";
export { ConfMap, type ConfValues } from "./conf/conf-map.ts";
export { parseConf } from "./conf/conf-text.ts";
export { upgradeConfMapIfNeeded } from "./conf/upgrade.ts";
export {
  type AttachedParticipant,
  type AttachmentOptions,
  attachParticipants,
  participantsInput,
} from "./effects/attachment.ts";
export type { Clock } from "./effects/clock.ts";
export type { TransitionResult } from "./effects/driver.ts";
export type { Log } from "./effects/log.ts";
export type {
  FailurePolicy,
  ParticipantCallbacks,
  ParticipantOptions,
  Recovered,
  RetryPolicy,
  StepContext,
  Validate,
} from "./effects/participant.ts";
export {
  createTransitions,
  type DownOptions,
  type RequestOptions,
  register,
  type Status,
  type Transitions,
  type TransitionsOptions,
  transitions,
} from "./effects/transitions.ts";
export { ERROR_CODES, type ErrorCode, InDoubtError, type Problem, TransitionError } from "./error.ts";
export type { Cause, Fact } from "./journal/fact.ts";
export type { Journal, JournalRecord, JournalWriter } from "./journal/journal.ts";
export type { Ledger } from "./journal/ledger.ts";
export { memoryJournal } from "./journal/memory-journal.ts";
export { sqliteJournal } from "./journal/sqlite-journal.ts";
export type { AddressTable, PlacedAddress } from "./participants/address-keeper.ts";
export type { IpAddress } from "./participants/ip-address.ts";
export { type VirtualIpOptions, type VirtualIpParticipant, virtualIp } from "./participants/virtual-ip.ts";
export type { WantedAddresses } from "./participants/wanted-addresses.ts";
export { type ExplainRequest, type Explanation, explain, explanationText, RULES } from "./plan/explain.ts";
export { CALLBACKS, type CallbackName, type EventOf, type LifecycleEvent } from "./plan/lifecycle-event.ts";
export { type Command, type Direction, ORDERS, type OrderName } from "./plan/order.ts";
export { type ParticipantState, type StateSummary, settledAt } from "./plan/participant-state.ts";
export {
  type Phase,
  type Plan,
  type PlannedParticipant,
  type PlanRequest,
  planTransition,
  type Step,
} from "./plan/plan.ts";
export { type Delta, diffTopologies } from "./topology/delta.ts";
export { readTopology } from "./topology/read-topology.ts";
export type { Topology, VolumeGroup } from "./topology/topology.ts";
