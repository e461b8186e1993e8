/**
 * Random topologies and histories of changes, for fast-check.
 *
 * Built from combinators alone and never from earlier draws (no `chain`), so that a failing case shrinks to few groups,
 * few volumes and plain names.
 */
import fc from "fast-check";
import { applyChange, type Change } from "./change.ts";
import type { GroupLike, TopologyLike } from "./topology-like.ts";

/** How large, and of which names. */
export interface TopologyArbitraryOptions {
  /** Default 4. */
  readonly groups?: number | undefined;
  /** Default 6. */
  readonly volumes?: number | undefined;
  /** WhoAmI first. Default Peer0, Peer1, Peer2. */
  readonly peers?: readonly string[] | undefined;
  /** Default {@link names}. */
  readonly names?: fc.Arbitrary<string> | undefined;
}

/** Names that the dialect allows and that programs stumble over: properties that objects have of themselves, separators, digits. */
export const ODD_NAMES: readonly string[] = [
  ...["__proto__", "constructor", "hasOwnProperty", "toString", "Tenant/1:grp", "a.b", "-", "0", "00", "_"],
  ...["a/b", "a:b", ".", "..", "VolumeGroup:x", "NaN", "null", "undefined", "SignaledStart", "logger"],
];

/** Names of groups and volumes: plain ones first (that is where shrinking ends), odd but legal ones now and then. */
export function names(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(..."ABCDEFGHIJKLMNOP") },
    { weight: 2, arbitrary: fc.constantFrom(...ODD_NAMES) },
    { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...NAME_CHARACTERS), minLength: 1, maxLength: 12 }) },
  );
}

/** A record with the usual prototype: test data is compared with object literals. */
const plain = <T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const NAME_CHARACTERS = "abcxyzABCXYZ0129_-/:.";
const PEERS = ["Peer0", "Peer1", "Peer2"];
const ADDRESSES = ["", "10.0.0.1", "10.0.0.2", "fd00::1"];

/** Topologies as plain data. No volume is in two groups; an active peer is one of the peers or nobody. */
export function topologies(options: TopologyArbitraryOptions = {}): fc.Arbitrary<TopologyLike> {
  const peers = options.peers ?? PEERS;
  const name = options.names ?? names();
  const group = plain({
    name,
    activePeer: fc.constantFrom(peers[0] as string, "", ...peers.slice(1)),
    virtualIPAddr: fc.constantFrom(...ADDRESSES),
  });
  const volume = plain({ name, place: fc.nat({ max: 31 }) });
  return fc
    .record({
      groups: fc.uniqueArray(group, { selector: (each) => each.name, maxLength: options.groups ?? 4 }),
      volumes: fc.uniqueArray(volume, { selector: (each) => each.name, maxLength: options.volumes ?? 6 }),
    })
    .map(({ groups, volumes }) => ({
      whoAmI: peers[0] as string,
      groups: groups.map(
        (each, i): GroupLike => ({
          ...each,
          volumes: volumes.filter(({ place }) => place % groups.length === i).map((one) => one.name),
        }),
      ),
    }));
}

/** Single changes. Each has a meaning in any topology; see `applyChange`. */
export function changes(options: TopologyArbitraryOptions = {}): fc.Arbitrary<Change> {
  const name = options.names ?? names();
  const at = fc.nat({ max: 31 });
  const change = <Kind extends Change["kind"]>(
    kind: Kind,
    fields: {
      [Key in Exclude<keyof Extract<Change, { kind: Kind }>, "kind">]: fc.Arbitrary<
        Extract<Change, { kind: Kind }>[Key]
      >;
    },
  ): fc.Arbitrary<Change> => fc.record({ kind: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Change>;
  return fc.oneof(
    { weight: 1, arbitrary: change("nothing changes", {}) },
    { weight: 5, arbitrary: change("group moves", { group: at, peer: at }) },
    { weight: 1, arbitrary: change("group is served by nobody", { group: at }) },
    { weight: 5, arbitrary: change("volume moves", { volume: at, group: at }) },
    { weight: 3, arbitrary: change("volume is created", { name, group: at }) },
    { weight: 2, arbitrary: change("volume is destroyed", { volume: at }) },
    { weight: 2, arbitrary: change("group is created", { name, peer: at }) },
    {
      weight: 2,
      arbitrary: change("group is destroyed", { group: at, volumes: fc.constantFrom("destroyed", "moved") }),
    },
    { weight: 2, arbitrary: change("group is renamed", { group: at, name }) },
    { weight: 1, arbitrary: change("virtual IP changes", { group: at, virtualIPAddr: fc.constantFrom(...ADDRESSES) }) },
    {
      weight: 1,
      arbitrary: change("order changes", {
        group: fc.option(at, { nil: undefined }),
        by: fc.integer({ min: 1, max: 7 }),
      }),
    },
  );
}

/** A history: topologies one after the other, each made from the one before by changes. */
export interface History {
  readonly start: TopologyLike;
  /** What each reload brings: the changes and the topology after them. */
  readonly reloads: readonly { readonly changes: readonly Change[]; readonly topology: TopologyLike }[];
}

export interface HistoryArbitraryOptions extends TopologyArbitraryOptions {
  /** Reloads at most. Default 5. */
  readonly reloads?: number | undefined;
  /** Changes in one reload at most. Default 3. */
  readonly changesPerReload?: number | undefined;
}

/** Histories of meaningful moves: groups to and from this peer, volumes between groups, renames, creations, and back again. */
export function histories(options: HistoryArbitraryOptions = {}): fc.Arbitrary<History> {
  const peers = options.peers ?? PEERS;
  const change = changes(options);
  // Going back to the conf before last is what operators do when a change went wrong.
  const reload = fc.oneof(
    { weight: 6, arbitrary: fc.array(change, { maxLength: options.changesPerReload ?? 3 }) },
    { weight: 1, arbitrary: fc.constant("revert" as const) },
  );
  return fc
    .record({ start: topologies(options), reloads: fc.array(reload, { maxLength: options.reloads ?? 5 }) })
    .map(({ start, reloads }) => {
      const past = [start];
      const made = reloads.map((each) => {
        const now = past.at(-1) as TopologyLike;
        const topology =
          each === "revert"
            ? (past.at(-2) ?? now)
            : each.reduce((before, one) => applyChange(before, one, { peers }), now);
        past.push(topology);
        return { changes: each === "revert" ? [] : each, topology };
      });
      return { start, reloads: made };
    });
}
