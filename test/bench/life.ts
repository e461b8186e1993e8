/**
 * Two lives of an instance, as figures: up, reloads, down. In the second one lists change. Each conf is read afresh, outside
 * of the clock: what a reload can leave undone because the conf has been looked into already is not its merit.
 */
import { type ConfMap, parseConf, type Transitions } from "signaled";
import type { Change } from "./bench-conf.ts";
import type { Timed } from "./turns.ts";

/** The conf after each change. */
export type ChangedTexts = Readonly<Record<Change, string>>;

interface Reload {
  readonly change: Change;
  readonly name?: string;
}

/** Each reload goes there and back, so that all set out from one place; where both ways are alike, both count. */
const PLACES: readonly Reload[] = [
  { change: "none", name: "reload, unchanged" },
  { change: "moved", name: "reload, 1 % moved" },
  { change: "none", name: "reload, 1 % moved" },
];
const LISTS: readonly Reload[] = [
  { change: "volumes", name: "reload, new volume in 1 %" },
  { change: "none" },
  { change: "order", name: "reload, list reordered" },
  { change: "none", name: "reload, list reordered" },
];

let confs = 0;

export function lifeOf(kind: string, make: () => Transitions, texts: ChangedTexts): readonly Timed[] {
  let instance: Transitions;
  let conf: ConfMap;
  // A comment makes every conf one that no journal has seen.
  const read = (change: Change) => {
    conf = parseConf(`${texts[change]}# ${confs++}\n`);
  };
  const life = (reloads: readonly Reload[], down: string): readonly Timed[] => [
    {
      name: `${kind}: up`,
      before: () => {
        instance = make();
        read("none");
      },
      run: () => instance.up(conf),
    },
    ...reloads.map(({ change, name }) => ({
      ...(name === undefined ? {} : { name: `${kind}: ${name}` }),
      before: () => read(change),
      run: () => instance.signaled(conf),
    })),
    { name: `${kind}: ${down}`, run: () => instance.down(), after: () => instance.close() },
  ];
  return [...life(PLACES, "down"), ...life(LISTS, "down, after other lists")];
}
