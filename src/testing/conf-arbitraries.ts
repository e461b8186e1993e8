/**
 * Random confs, for fast-check: as people write them, from before volume groups, and hostile ones.
 *
 * A valid text comes with the topology that it says, so that a reader can be judged without another reader.
 */
import fc from "fast-check";
import { names, type TopologyArbitraryOptions, topologies } from "./topology-arbitraries.ts";
import { confValuesOf } from "./topology-conf.ts";
import type { GroupLike, TopologyLike } from "./topology-like.ts";

/** A conf with what it says. */
export interface ConfText {
  readonly text: string;
  readonly topology: TopologyLike;
}

/** Valid confs, written in all the ways that the dialect allows: separators, comments, order and reopening of sections, settings that are overruled. */
export function confTexts(options: TopologyArbitraryOptions = {}): fc.Arbitrary<ConfText> {
  return fc
    .record({ topology: topologies(options), style: fc.array(manners, { minLength: 1, maxLength: 12 }) })
    .map(({ topology, style }) => ({ topology, text: written(topology, style) }));
}

/** Valid confs from before volume groups; the topology is the one after the upgrade. */
export function legacyConfTexts(): fc.Arbitrary<ConfText> {
  const volume = fc.record({
    name: names(),
    peer: fc.constantFrom("Peer0", "Peer1"),
    flow: fc.constantFrom("Flow0", "Flow1"),
  });
  return fc
    .record({
      prefix: fc.constantFrom("", "VG_", "a/"),
      suffix: fc.constantFrom("", ".grp"),
      volumes: fc.uniqueArray(volume, { selector: ({ name }) => name, maxLength: 5 }),
    })
    .map(({ prefix, suffix, volumes }) => {
      const flows = [...new Set(volumes.map(({ flow }) => flow))];
      const text = [
        "[Cluster]\nWhoAmI = Peer0\nPeers = Peer0, Peer1\n",
        `[FSGlobals]\nVolumeList = ${volumes.map(({ name }) => name).join(" ")}\n`,
        prefix === "" && suffix === ""
          ? ""
          : `[Transitions]\nAutoVolumeGroupPrefix = ${prefix}\nAutoVolumeGroupSuffix = ${suffix}\n`,
        ...volumes.map(({ name, peer, flow }) => `[Volume:${name}]\nPrimaryPeer = ${peer}\nFlowControl = ${flow}\n`),
        ...flows.map((flow) => `[FlowControl:${flow}]\n${FLOW_OPTIONS}`),
      ].join("\n");
      const groups = volumes.map(
        ({ name, peer }): GroupLike => ({
          name: `${prefix}${name}${suffix}`,
          activePeer: peer,
          virtualIPAddr: "",
          volumes: [name],
        }),
      );
      return { text, topology: { whoAmI: "Peer0", groups } };
    });
}

/**
 * Texts that were meant to be confs: valid ones with lines lost, doubled, cut or put elsewhere, stray characters, volumes
 * in two groups, unknown peers, two lists, includes. Some are valid by chance. A reader gives a ConfMap or a refusal with a
 * place, and nothing else.
 */
export function hostileConfTexts(): fc.Arbitrary<string> {
  const text = fc.oneof(
    { weight: 3, arbitrary: confTexts().map((conf) => conf.text) },
    { weight: 1, arbitrary: legacyConfTexts().map((conf) => conf.text) },
  );
  return fc
    .record({ text, damages: fc.array(damage, { minLength: 1, maxLength: 4 }) })
    .map((each) => each.damages.reduce(damaged, each.text));
}

const FLOW_OPTIONS =
  "MaxFlushSize = 10485760\nMaxFlushTime = 10s\nReadCacheLineSize = 1048576\nReadCacheWeight = 100\n";

/** One way of writing an option. A text goes round through a few of them. */
interface Manner {
  readonly assign: string;
  readonly separator: string;
  readonly indent: string;
  readonly comment: string;
  /** Written before with another value, which does not count. */
  readonly overruled: boolean;
  /** The section is opened again for each option. */
  readonly reopened: boolean;
}

const manners: fc.Arbitrary<Manner> = fc.record({
  assign: fc.constantFrom(" = ", "=", ": ", ":", "\t=  "),
  separator: fc.constantFrom(", ", ",", " ", "  ", "\t"),
  indent: fc.constantFrom("", "  ", "\t"),
  comment: fc.constantFrom("", " # note", "; [Cluster]", "\n# WhoAmI = Nobody\n"),
  overruled: fc.boolean(),
  reopened: fc.boolean(),
});

function written(topology: TopologyLike, style: readonly Manner[]): string {
  let at = 0;
  let text = "";
  for (const [section, settings] of Object.entries(confValuesOf(topology, { peers: ["Peer0", "Peer1", "Peer2"] }))) {
    text += `[${section}]\n`;
    for (const [option, values] of Object.entries(settings)) {
      const manner = style[at++ % style.length] as Manner;
      if (manner.reopened) text += `\n[${section}]\n`;
      if (manner.overruled) text += `${option}${manner.assign}Overruled\n`;
      text += `${manner.indent}${option}${manner.assign}${values.join(manner.separator)}${manner.comment}\n`;
    }
  }
  return text;
}

/** One thing done to a text; `at` and `to` are places in it, out of 1,000. */
interface Damage {
  readonly kind: "lose" | "double" | "move" | "cut" | "insert" | "append";
  readonly at: number;
  readonly to: number;
  readonly fragment: string;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom("lose", "double", "move", "cut", "insert", "append"),
  at: fc.nat({ max: 999 }),
  to: fc.nat({ max: 999 }),
  fragment: fc.oneof(
    fc.constantFrom(
      "[",
      "]",
      "=",
      ":",
      ",",
      "\\u0020",
      "\\u002C",
      "#",
      ";",
      "\u0000",
      "\uFEFF",
      "é",
      "\r",
      "\r\n",
      "\n\n",
    ),
    fc.constantFrom(
      ".include missing.conf\n",
      "[FSGlobals]\nVolumeList = A\n",
      "[FSGlobals]\nVolumeGroupList = A, A\n",
      "[Cluster]\nWhoAmI =\n",
      "[Cluster]\nPeers =\n",
      "[VolumeGroup:A]\nPrimaryPeer = Nowhere\n",
      "[VolumeGroup:A]\nVolumeList = A, A, B\n",
      "[__proto__]\nconstructor = x\n",
      "[]\n",
      " = x\n",
    ),
    fc.string({ maxLength: 6 }),
  ),
});

function damaged(text: string, { kind, at, to, fragment }: Damage): string {
  const lines = text.split("\n");
  const line = Math.floor((at * lines.length) / 1000);
  const character = Math.floor((at * text.length) / 1000);
  switch (kind) {
    case "lose":
      return lines.filter((_, i) => i !== line).join("\n");
    case "double":
      return [...lines.slice(0, line), lines[line] ?? "", ...lines.slice(line)].join("\n");
    case "move": {
      const rest = lines.filter((_, i) => i !== line);
      const place = Math.floor((to * lines.length) / 1000);
      return [...rest.slice(0, place), lines[line] ?? "", ...rest.slice(place)].join("\n");
    }
    case "cut":
      return text.slice(0, character);
    case "insert":
      return text.slice(0, character) + fragment + text.slice(character);
    case "append":
      return text + fragment;
  }
}
