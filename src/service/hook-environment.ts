/**
 * What a hook is told: environment variables about its step, the configuration, and the options of its subject.
 *
 * Everything goes through the environment and nothing through arguments, so that a volume named `-rf` is a name and not an
 * option of whatever program the hook is.
 */
import type { ConfMap } from "../conf/conf-map.ts";
import type { StepContext } from "../effects/participant.ts";
import { CALLBACKS, type LifecycleEvent, subjectOf } from "../plan/lifecycle-event.ts";
import { readTopology } from "../topology/read-topology.ts";
import { groupIndex, type Topology, volumeIndex } from "../topology/topology.ts";
import type { VolumeGroup } from "../topology/volume-group.ts";

/** Private files for what hooks are told. */
export interface HookFiles {
  /** One that holds the configuration as JSON. */
  pathOf(confMap: ConfMap): string;
  /** One that holds a text. */
  holding(text: string): string;
}

/** A step as a hook sees it. */
export interface HookStep {
  readonly event: LifecycleEvent;
  readonly context: StepContext;
  /** The configuration that knows the step's subject: on the way out, the one before. */
  readonly subjectConf: ConfMap;
}

const PREFIX = "SIGNALED_";

/** What a service manager says to the service alone: a hook that used it would speak in the service's name. */
const OF_THE_SERVICE: ReadonlySet<string> = new Set([
  ...["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "MAINPID"],
]);

/** The whole environment of a hook: the service's own, without what is not for it, and the variables of its step. */
export function hookEnvironment(step: HookStep, files: HookFiles): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !entry[0].startsWith(PREFIX) && !OF_THE_SERVICE.has(entry[0]),
  );
  const own = { ...stepVariables(step, files), ...optionVariables(step) };
  return { ...Object.fromEntries(inherited), ...withinLimits(own, files) };
}

/** Bytes of one variable: Linux starts no program with one of more than 128 kB. */
const VARIABLE_AT_MOST = 100_000;
/** Bytes of all: a quarter of the stack's limit may be arguments and environment, which is 2 MB by default. */
const ALL_AT_MOST = 1_000_000;

/** A value that is too long stands in a file, whose path is in `NAME_FILE`; the longest ones first. */
function withinLimits(variables: Readonly<Record<string, string>>, files: HookFiles): Record<string, string> {
  const sizes = Object.entries(variables).map(([name, value]) => ({ name, value, size: Buffer.byteLength(value) }));
  let total = sizes.reduce((sum, { size }) => sum + size, 0);
  const fitting: Record<string, string> = {};
  for (const { name, value, size } of sizes.sort((a, b) => b.size - a.size)) {
    if (size <= VARIABLE_AT_MOST && total <= ALL_AT_MOST) fitting[name] = value;
    else {
      fitting[`${name}_FILE`] = files.holding(value);
      total -= size;
    }
  }
  return fitting;
}

function stepVariables({ event, context, subjectConf }: HookStep, files: HookFiles): Record<string, string> {
  const topology = topologyOf(subjectConf);
  const group = groupOf(event, topology);
  const { previousConfMap, recovered } = context;
  return {
    SIGNALED_EVENT: event.type,
    SIGNALED_WHO_AM_I: topology.whoAmI,
    ...("volumeName" in event ? { SIGNALED_VOLUME: event.volumeName } : {}),
    ...(group === undefined
      ? {}
      : {
          SIGNALED_VOLUME_GROUP: group.name,
          SIGNALED_ACTIVE_PEER: group.activePeer,
          SIGNALED_VIRTUAL_IP_ADDR: group.virtualIPAddr,
        }),
    SIGNALED_TRANSITION_ID: context.transitionId,
    SIGNALED_IDEMPOTENCY_KEY: context.idempotencyKey,
    SIGNALED_ATTEMPT: String(context.attempt),
    SIGNALED_FENCING_TOKEN: String(context.fencingToken),
    SIGNALED_CONF: files.pathOf(context.confMap),
    ...(previousConfMap === undefined ? {} : { SIGNALED_PREVIOUS_CONF: files.pathOf(previousConfMap) }),
    ...(recovered === undefined ? {} : { SIGNALED_RECOVERED: [...recovered.served].join("\n") }),
  };
}

/** The group that the event is about or happens in, as the event itself says, or else as the configuration has it. */
function groupOf(event: LifecycleEvent, topology: Topology): Omit<VolumeGroup, "volumes"> | undefined {
  if ("activePeer" in event) {
    return { name: event.volumeGroupName, activePeer: event.activePeer, virtualIPAddr: event.virtualIPAddr };
  }
  const position =
    "volumeGroupName" in event
      ? groupIndex(topology).get(event.volumeGroupName)
      : "volumeName" in event
        ? volumeIndex(topology).get(event.volumeName)
        : undefined;
  return position === undefined ? undefined : topology.groups[position];
}

/** `SIGNALED_OPTION_NAME` for every option of `[Volume:…]` or `[VolumeGroup:…]` of the subject; several values one a line. */
function optionVariables({ event, subjectConf }: HookStep): Record<string, string> {
  const kind = CALLBACKS[event.type].subject;
  if (kind === "none") return {};
  const section = `${kind === "volume" ? "Volume" : "VolumeGroup"}:${subjectOf(event)}`;
  if (!subjectConf.has(section)) return {};
  return Object.fromEntries(
    subjectConf
      .options(section)
      .filter((option) => /^\w+$/.test(option))
      .map((option) => [`${PREFIX}OPTION_${option}`, subjectConf.strings(section, option).join("\n")]),
  );
}

const topologies = new WeakMap<ConfMap, Topology>();

function topologyOf(confMap: ConfMap): Topology {
  let topology = topologies.get(confMap);
  if (topology === undefined) {
    topology = readTopology(confMap);
    topologies.set(confMap, topology);
  }
  return topology;
}
