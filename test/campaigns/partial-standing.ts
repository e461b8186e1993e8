/**
 * PartialStanding: where a participant stands that lacks callbacks.
 *
 * It cannot be strict about the order of what it does not hear, but it must end where the conf says all the same.
 */
import type { CallbackName } from "../../src/plan/lifecycle-event.ts";
import { type Standing, standingAt } from "../../src/testing/standing.ts";
import type { TopologyLike } from "../../src/testing/topology-like.ts";

/** What is different for one that lacks callbacks: only what it is told both to begin and to end can be compared. */
export function partialDifference(
  now: Standing,
  topology: TopologyLike | undefined,
  callbacks: readonly CallbackName[],
): string | undefined {
  const hears = (...names: readonly CallbackName[]): boolean => names.every((name) => callbacks.includes(name));
  const wanted = topology === undefined ? undefined : standingAt(topology);
  const found: string[] = [];
  const compare = (what: string, has: Iterable<string>, wants: Iterable<string>): void => {
    const [left, right] = [[...has].sort().join(), [...wants].sort().join()];
    if (left !== right) found.push(`${what} ${left || "none"}, not ${right || "none"}`);
  };
  if (hears("ServeVolume", "UnserveVolume")) compare("it serves", now.served, wanted?.served ?? []);
  if (hears("VolumeCreated", "VolumeDestroyed"))
    compare("it knows the volumes", now.volumes.keys(), wanted?.volumes.keys() ?? []);
  if (hears("VolumeGroupCreated", "VolumeGroupDestroyed"))
    compare("it knows the groups", now.groups.keys(), wanted?.groups.keys() ?? []);
  return found.length === 0 ? undefined : found.join("; ");
}
