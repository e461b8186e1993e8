/**
 * Exhaustive topologies: all there are, up to a size.
 *
 * Nearly every mistake in ordering, convergence or recovery shows with two groups, two volumes and two peers, and there
 * are few enough topologies of that size to try every pair and triple: nothing is left to luck. They are generators, so
 * that a campaign holds one at a time.
 *
 * Names are fixed (`G1…`, `V1…`, `Peer0…`, WhoAmI is `Peer0`) and stand in that order; each group is absent or has one of
 * the peers or nobody as active peer, each volume is absent or in one of the groups. So with k of G groups there
 * are `C(G,k) · ((P+1)·A)^k · (k+1)^V` topologies, where A is how many virtual IP addresses a group may have, none included:
 *
 * | groups | volumes | peers | topologies | pairs | triples |
 * |---|---|---|---|---|---|
 * | 1 | 1 | 1 | 5 | 25 | 125 |
 * | 1 | 2 | 2 | 13 | 169 | 2,197 |
 * | 2 | 1 | 2 | 40 | 1,600 | 64,000 |
 * | 2 | 2 | 2 | 106 | 11,236 | 1,191,016 |
 * | 2 | 3 | 2 | 292 | 85,264 | 24,897,088 |
 * | 3 | 3 | 2 | 2,530 | 6,400,900 | 16,194,277,000 |
 */
import type { GroupLike, TopologyLike } from "./topology-like.ts";

/** How large the topologies are at most. */
export interface TopologySpace {
  readonly groups: number;
  readonly volumes: number;
  /** Peers that may be active, WhoAmI being the first; nobody is possible besides. At least 1. */
  readonly peers: number;
  /** Virtual IP addresses that a group may have, none included. Default 1: none. */
  readonly virtualIPAddrs?: number | undefined;
}

/** WhoAmI of every topology made here. */
export const EXHAUSTIVE_WHO_AM_I = "Peer0";

/** Names of the peers, for `[Cluster] Peers`. */
export function exhaustivePeers(space: TopologySpace): readonly string[] {
  return Array.from({ length: space.peers }, (_, i) => `Peer${i}`);
}

/** Every topology of the space once, small ones first. */
export function* allTopologies(space: TopologySpace): Generator<TopologyLike, void, undefined> {
  const choices = groupChoices(space);
  for (const names of subsetsBySize(numbered("G", space.groups))) {
    for (const settings of words(choices, names.length)) {
      for (const places of words([...names.keys(), ABSENT], space.volumes)) {
        const groups = names.map(
          (name, i): GroupLike => ({ name, ...settings[i], volumes: placedIn(i, places) }) as GroupLike,
        );
        yield { whoAmI: EXHAUSTIVE_WHO_AM_I, groups };
      }
    }
  }
}

/** How many {@link allTopologies} gives. */
export function countTopologies(space: TopologySpace): number {
  const perGroup = groupChoices(space).length;
  let count = 0;
  let subsets = 1;
  for (let k = 0; k <= space.groups; k++) {
    count += subsets * perGroup ** k * (k + 1) ** space.volumes;
    subsets = (subsets * (space.groups - k)) / (k + 1);
  }
  return count;
}

/** Every sequence of that many topologies of the space: pairs with 2, triples with 3. Topologies are shared, not copied. */
export function* topologySequences(
  space: TopologySpace,
  length: number,
): Generator<readonly TopologyLike[], void, undefined> {
  yield* words([...allTopologies(space)], length);
}

/**
 * Every `step`-th of a campaign's cases, starting with the one at `offset`: a thinned run. All offsets below `step`
 * together are the whole campaign; a step that shares no factor with the number of topologies meets every one of them.
 */
export function* thinned<Case>(cases: Iterable<Case>, step: number, offset = 0): Generator<Case, void, undefined> {
  let index = 0;
  for (const one of cases) if (index++ % step === offset % step) yield one;
}

const ABSENT = -1;

type Setting = Pick<GroupLike, "activePeer" | "virtualIPAddr">;

function groupChoices(space: TopologySpace): readonly Setting[] {
  const addresses = ["", ...Array.from({ length: (space.virtualIPAddrs ?? 1) - 1 }, (_, i) => `10.0.0.${i + 1}`)];
  const peers = ["", ...exhaustivePeers(space)];
  return peers.flatMap((activePeer) => addresses.map((virtualIPAddr) => ({ activePeer, virtualIPAddr })));
}

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
}

function placedIn(group: number, places: readonly number[]): readonly string[] {
  return places.flatMap((place, i) => (place === group ? [`V${i + 1}`] : []));
}

/** Every subset, in the order of the list, smaller ones first. */
function subsetsBySize<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const subsets: (readonly Item[])[] = [[]];
  for (const item of items) subsets.push(...subsets.map((subset) => [...subset, item]));
  return subsets.sort((a, b) => a.length - b.length);
}

/** Every list of `length` items; the last place changes fastest. */
function* words<Item>(items: readonly Item[], length: number): Generator<readonly Item[], void, undefined> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const start of words(items, length - 1)) for (const item of items) yield [...start, item];
}
