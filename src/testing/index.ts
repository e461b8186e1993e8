/**
 * `signaled/testing`: what a test of participants, of orderings, or of Signaled itself is made of.
 *
 * The only entry that loads fast-check, which is an optional peer dependency for that reason.
 *
 * @module signaled/testing
 */
export { applyChange, type Change, type ChangeContext } from "./change.ts";
export { type ConfText, confTexts, hostileConfTexts, legacyConfTexts } from "./conf-arbitraries.ts";
export {
  type ContractEvents,
  type ContractTraceRequest,
  contractEvents,
  contractTrace,
  type TracedParticipant,
  UNTOLD_STANDING,
} from "./contract-model.ts";
export { type DeterministicClock, type DeterministicClockOptions, deterministicClock } from "./deterministic-clock.ts";
export {
  allTopologies,
  countTopologies,
  EXHAUSTIVE_WHO_AM_I,
  exhaustivePeers,
  type TopologySpace,
  thinned,
  topologySequences,
} from "./exhaustive.ts";
export { type Behaviour, type BehaviourOptions, behaving, behaviours, faults } from "./fault-arbitraries.ts";
export {
  type CrashOptions,
  crashing,
  type DelayOptions,
  delayed,
  type Fault,
  failing,
  type Interception,
  intercepting,
  type Scheduler,
  type StepMatch,
  scheduled,
} from "./faults.ts";
export { type HistoryOptions, type HistoryViolation, historyLaws, type TransitionInfo } from "./history-laws.ts";
export {
  type CrashPoint,
  type LifecycleRig,
  type LifecycleRigOptions,
  lifecycleRig,
  type RigOutcome,
} from "./lifecycle-rig.ts";
export {
  type LifecycleCommands,
  type LifecycleModel,
  type ModelCommandsOptions,
  modelCommands,
  runModelCommands,
} from "./model-commands.ts";
export { explainViolations, ORDERING_LAWS, orderingLaws, type Violation } from "./ordering-laws.ts";
export type { OneTimeFault } from "./scripted-participant.ts";
export { type Given, type GivenOptions, given, type TransitionReport } from "./single-transition.ts";
export { type Standing, standingAt, standingDifference } from "./standing.ts";
export { type StrictOptions, type StrictParticipant, strictParticipant } from "./strict-participant.ts";
export {
  changes,
  type History,
  type HistoryArbitraryOptions,
  histories,
  names,
  ODD_NAMES,
  type TopologyArbitraryOptions,
  topologies,
} from "./topology-arbitraries.ts";
export { confTextOf, confValuesOf, type TopologyConfOptions } from "./topology-conf.ts";
export { type GroupLike, nothing, servedHere, type TopologyLike } from "./topology-like.ts";
export {
  type Delivery,
  type DeliveryOutcome,
  eventText,
  mapCallbacks,
  type NamedCallbacks,
  recordingParticipants,
  silentCallbacks,
  type Trace,
  type TracePart,
  type TraceRecorder,
  traceRecorder,
} from "./trace.ts";
export type { LawOptions } from "./trace-view.ts";
export {
  playTranscript,
  type TranscriptAdapter,
  type TranscriptCommand,
  TranscriptError,
  type TranscriptOutput,
} from "./transcript.ts";
export { checkTranscript, type TranscriptFileOptions } from "./transcript-file.ts";
export { type RowOptions, transcriptRows } from "./transcript-rows.ts";
export type { OwnParticipant } from "./transcript-stage.ts";
export { type TransitionsAdapterOptions, transitionsAdapter } from "./transitions-adapter.ts";
