/**
 * The callbacks of the contract and the lifecycle events that call them.
 *
 * A lifecycle event is a callback with its subject. It is plain data with the contract's argument names, so that it can
 * be compared, journaled and printed as it is.
 */

/** Names of the contract's 13 callbacks, and of the two further ones that tell of changed options. */
export type CallbackName = keyof typeof CALLBACKS;

/** What a callback is about: nobody in particular, a volume group or a volume. */
export type SubjectKind = "none" | "group" | "volume";

/** What each callback is about, and the participant's method that hears it. */
export const CALLBACKS = {
  Up: { subject: "none", method: "up" },
  VolumeGroupCreated: { subject: "group", method: "volumeGroupCreated" },
  VolumeGroupMoved: { subject: "group", method: "volumeGroupMoved" },
  VolumeGroupChanged: { subject: "group", method: "volumeGroupChanged" },
  VolumeGroupDestroyed: { subject: "group", method: "volumeGroupDestroyed" },
  VolumeCreated: { subject: "volume", method: "volumeCreated" },
  VolumeMoved: { subject: "volume", method: "volumeMoved" },
  VolumeChanged: { subject: "volume", method: "volumeChanged" },
  VolumeDestroyed: { subject: "volume", method: "volumeDestroyed" },
  ServeVolume: { subject: "volume", method: "serveVolume" },
  UnserveVolume: { subject: "volume", method: "unserveVolume" },
  VolumeToBeUnserved: { subject: "volume", method: "volumeToBeUnserved" },
  SignaledStart: { subject: "none", method: "signaledStart" },
  SignaledFinish: { subject: "none", method: "signaledFinish" },
  Down: { subject: "none", method: "down" },
} as const satisfies Record<string, { subject: SubjectKind; method: string }>;

export const CALLBACK_NAMES = Object.keys(CALLBACKS) as readonly CallbackName[];

/** The contract's 13, which every participant is taken to implement where nothing is said of its callbacks. */
export const CONTRACT_CALLBACKS: readonly CallbackName[] = CALLBACK_NAMES.filter(
  (name) => name !== "VolumeChanged" && name !== "VolumeGroupChanged",
);

/** The start-up callback: registration order. Closes the participant's gate until SignaledFinish. */
export interface UpEvent {
  readonly type: "Up";
}
export interface VolumeGroupCreatedEvent {
  readonly type: "VolumeGroupCreated";
  readonly volumeGroupName: string;
  /** The peer that serves the group; empty: nobody. */
  readonly activePeer: string;
  /** The address that follows the group; empty: none. */
  readonly virtualIPAddr: string;
}
export interface VolumeGroupMovedEvent {
  readonly type: "VolumeGroupMoved";
  readonly volumeGroupName: string;
  readonly activePeer: string;
  readonly virtualIPAddr: string;
}
/** Options of a known group changed, its virtual IP address included. Not of the contract: only who implements it hears it. */
export interface VolumeGroupChangedEvent {
  readonly type: "VolumeGroupChanged";
  readonly volumeGroupName: string;
  readonly activePeer: string;
  readonly virtualIPAddr: string;
}
export interface VolumeGroupDestroyedEvent {
  readonly type: "VolumeGroupDestroyed";
  readonly volumeGroupName: string;
}
export interface VolumeCreatedEvent {
  readonly type: "VolumeCreated";
  readonly volumeName: string;
  readonly volumeGroupName: string;
}
export interface VolumeMovedEvent {
  readonly type: "VolumeMoved";
  readonly volumeName: string;
  readonly volumeGroupName: string;
}
/** Options of a known volume changed. Not of the contract: only who implements it hears it. */
export interface VolumeChangedEvent {
  readonly type: "VolumeChanged";
  readonly volumeName: string;
  readonly volumeGroupName: string;
}
export interface VolumeDestroyedEvent {
  readonly type: "VolumeDestroyed";
  readonly volumeName: string;
}
export interface ServeVolumeEvent {
  readonly type: "ServeVolume";
  readonly volumeName: string;
}
export interface UnserveVolumeEvent {
  readonly type: "UnserveVolume";
  readonly volumeName: string;
}
export interface VolumeToBeUnservedEvent {
  readonly type: "VolumeToBeUnserved";
  readonly volumeName: string;
}
export interface SignaledStartEvent {
  readonly type: "SignaledStart";
}
export interface SignaledFinishEvent {
  readonly type: "SignaledFinish";
}
export interface DownEvent {
  readonly type: "Down";
}

/** One lifecycle event: a callback with its subject. */
export type LifecycleEvent =
  | UpEvent
  | VolumeGroupCreatedEvent
  | VolumeGroupMovedEvent
  | VolumeGroupChangedEvent
  | VolumeGroupDestroyedEvent
  | VolumeCreatedEvent
  | VolumeMovedEvent
  | VolumeChangedEvent
  | VolumeDestroyedEvent
  | ServeVolumeEvent
  | UnserveVolumeEvent
  | VolumeToBeUnservedEvent
  | SignaledStartEvent
  | SignaledFinishEvent
  | DownEvent;

/** The event of one callback. */
export type EventOf<Name extends CallbackName> = Extract<LifecycleEvent, { readonly type: Name }>;

/** The volume or volume group that an event is about; empty for an event about nobody in particular. */
export function subjectOf(event: LifecycleEvent): string {
  if ("volumeName" in event) return event.volumeName;
  if ("volumeGroupName" in event) return event.volumeGroupName;
  return "";
}
