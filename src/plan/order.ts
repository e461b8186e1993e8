/**
 * The two order tables: in which order the phases of a transition come, and in which direction each walks.
 *
 * The contract's documented order and the order that the original code runs differ, and both are in use. They are data,
 * so that a plan, the documentation and the ordering laws all read the same rows.
 */
import type { CallbackName } from "./lifecycle-event.ts";

/** `documented` is the contract's; `proxyfs` is what the original code does, for drop-in replacement. */
export type OrderName = "documented" | "proxyfs";

/** `registration`: in the order of registration; `reverse`: backwards, so that who depends goes first. */
export type Direction = "registration" | "reverse";

/** One row of an order table. */
export interface OrderRow {
  readonly callback: CallbackName;
  readonly direction: Direction;
}

/** What a transition is asked to do; `up` and `signaled` end at a topology, `down` at nothing. */
export type Command = "up" | "signaled" | "down";

const forward = (callback: CallbackName): OrderRow => ({ callback, direction: "registration" });
const backward = (callback: CallbackName): OrderRow => ({ callback, direction: "reverse" });

/**
 * Towards a topology (up and signaled). Up is first because who has not got it can be told nothing else. Source: the
 * contract, "The three transitions"; the further callbacks come after the moves, when groups and owners are settled.
 */
const DOCUMENTED: readonly OrderRow[] = [
  forward("Up"),
  backward("VolumeToBeUnserved"),
  backward("SignaledStart"),
  forward("VolumeGroupCreated"),
  forward("VolumeCreated"),
  backward("UnserveVolume"),
  forward("VolumeGroupMoved"),
  forward("VolumeMoved"),
  forward("VolumeGroupChanged"),
  forward("VolumeChanged"),
  forward("ServeVolume"),
  backward("VolumeDestroyed"),
  backward("VolumeGroupDestroyed"),
  forward("SignaledFinish"),
];

/** As the original code calls: everything is unserved before anything is created, and destroyed before anything is served. */
const PROXYFS: readonly OrderRow[] = [
  forward("Up"),
  backward("VolumeToBeUnserved"),
  backward("SignaledStart"),
  backward("UnserveVolume"),
  forward("VolumeGroupCreated"),
  forward("VolumeCreated"),
  forward("VolumeGroupMoved"),
  forward("VolumeMoved"),
  forward("VolumeGroupChanged"),
  forward("VolumeChanged"),
  backward("VolumeDestroyed"),
  backward("VolumeGroupDestroyed"),
  forward("ServeVolume"),
  forward("SignaledFinish"),
];

/** Towards nothing: both orders agree, and the rows have the same relative order as in {@link DOCUMENTED}. */
const DOWN: readonly OrderRow[] = [
  backward("VolumeToBeUnserved"),
  backward("SignaledStart"),
  backward("UnserveVolume"),
  backward("VolumeDestroyed"),
  backward("VolumeGroupDestroyed"),
  backward("Down"),
];

/** The rows of each order: `towards` a topology, and `down` to nothing. */
export const ORDERS: Readonly<
  Record<OrderName, { readonly towards: readonly OrderRow[]; readonly down: readonly OrderRow[] }>
> = {
  documented: { towards: DOCUMENTED, down: DOWN },
  proxyfs: { towards: PROXYFS, down: DOWN },
};

/** The rows that a command walks. */
export function rowsOf(order: OrderName, command: Command): readonly OrderRow[] {
  return command === "down" ? ORDERS[order].down : ORDERS[order].towards;
}
