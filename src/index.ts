/**
 * The public API of Signaled. Everything an application needs is named here, and nothing else is promised.
 *
 * @module signaled
 */

export {
  type LifecycleActorRef,
  type LifecycleContext,
  type LifecycleEmitted,
  type LifecycleEventIn,
  type LifecycleInput,
  lifecycleMachine,
} from "../machines/index.ts";
export { type LoadOptions, loadConf } from "./conf/conf-file.ts";
export { ConfMap, type ConfValues } from "./conf/conf-map.ts";
export { type ParseOptions, parseConf } from "./conf/conf-text.ts";
export { upgradeConfMapIfNeeded } from "./conf/upgrade.ts";
export {
  type AttachedParticipant,
  type AttachmentOptions,
  attachParticipants,
  participantsInput,
} from "./effects/attachment.ts";
export type { Clock } from "./effects/clock.ts";
export type { RunningStep } from "./effects/execution-ports.ts";
export type { Log } from "./effects/log.ts";
export type {
  CallbackMethod,
  FailurePolicy,
  Objection,
  ParticipantCallbacks,
  ParticipantOptions,
  PerCallback,
  Recovered,
  RetryPolicy,
  StepContext,
  Validate,
} from "./effects/participant.ts";
export type { FactListener } from "./effects/recorder.ts";
export type { TransitionResult } from "./effects/request.ts";
export {
  createTransitions,
  type DownOptions,
  type RequestOptions,
  register,
  type Status,
  type TransitionStatus,
  type Transitions,
  type TransitionsOptions,
  transitions,
} from "./effects/transitions.ts";
export {
  ERROR_CODES,
  type ErrorCode,
  InDoubtError,
  type Problem,
  TransitionError,
  type TransitionErrorDetails,
} from "./error.ts";
export type { Inspect } from "./inspect/inspector.ts";
export { type MaskingOptions, maskInspection } from "./inspect/masked-inspection.ts";
export type { SecretName } from "./inspect/secrets.ts";
export type { Cause, Fact, TransitionKind } from "./journal/fact.ts";
export type {
  Journal,
  JournalEntry,
  JournalHolder,
  JournalRecord,
  JournalRepair,
  JournalSnapshot,
  JournalVerification,
  JournalWriter,
} from "./journal/journal.ts";
export type { Ledger } from "./journal/ledger.ts";
export { type MemoryJournalOptions, memoryJournal } from "./journal/memory-journal.ts";
export { type SqliteJournalOptions, sqliteJournal } from "./journal/sqlite-journal.ts";
export type { AddressTable, PlacedAddress } from "./participants/address-keeper.ts";
export type { IpAddress } from "./participants/ip-address.ts";
export { type VirtualIpOptions, type VirtualIpParticipant, virtualIp } from "./participants/virtual-ip.ts";
export type { WantedAddresses } from "./participants/wanted-addresses.ts";
export { type ExplainRequest, type Explanation, explain, explanationText, RULES } from "./plan/explain.ts";
export { CALLBACKS, type CallbackName, type EventOf, type LifecycleEvent } from "./plan/lifecycle-event.ts";
export { type Command, type Direction, ORDERS, type OrderName } from "./plan/order.ts";
export { type ParticipantState, type StateSummary, settledAt } from "./plan/participant-state.ts";
export {
  type Delivery,
  type Phase,
  type Plan,
  type PlannedParticipant,
  type PlanRequest,
  planTransition,
  type Step,
} from "./plan/plan.ts";
export { type Delta, diffTopologies } from "./topology/delta.ts";
export { readTopology } from "./topology/read-topology.ts";
export type { Topology } from "./topology/topology.ts";
export type { VolumeGroup } from "./topology/volume-group.ts";
