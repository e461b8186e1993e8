/**
 * The participant `virtual-ip`: the addresses that follow the volume groups served here are on this host, and no others.
 *
 * An address is there while the gate is open. It leaves when the gate closes, before any volume is unserved, and comes when
 * it opens, after all volumes are served, so that no client meets a service that is half there. What is wanted before and
 * after stays throughout. Addresses outlive the process, so it is durable.
 */
import type { ParticipantCallbacks, ParticipantOptions, StepContext } from "../effects/participant.ts";
import type { Problem } from "../error.ts";
import { AddressKeeper, type AddressRecord, type AddressTable } from "./address-keeper.ts";
import { addressRecord } from "./address-record.ts";
import { iprouteTable } from "./iproute.ts";
import { NOTHING_WANTED, SECTION, type WantedAddresses, wantedAddresses, wantedProblems } from "./wanted-addresses.ts";

/** The name under which `signaled run` registers it. */
export const VIRTUAL_IP = "virtual-ip";

export interface VirtualIpOptions {
  /** The file that says which addresses it has added: on a disk that outlives the process. */
  readonly stateFile: string;
  /** Where the addresses are. Default: this host's, through `ip`. */
  readonly table?: AddressTable | undefined;
}

/** What `register` takes beside a name. */
export interface VirtualIpParticipant {
  readonly callbacks: ParticipantCallbacks;
  readonly options: ParticipantOptions;
}

/**
 * Keeps the virtual IP addresses of the groups that are active here, as `[VirtualIP]` of the configuration says. Register
 * it last: its addresses then leave before anything else lets go, and come after everything else is there.
 */
export function virtualIp({ stateFile, table = iprouteTable() }: VirtualIpOptions): VirtualIpParticipant {
  const keeper = new AddressKeeper(table, addressRecord(stateFile));
  return { callbacks: callbacksOf(keeper), options: { durable: true, validate: (next) => objections(next, table) } };
}

/** The same without looking at the host: for who only checks and plans. */
export function virtualIpOnPaper(): VirtualIpParticipant {
  const { callbacks } = virtualIp({ stateFile: "" });
  return { callbacks, options: { durable: true, validate: wantedProblems } };
}

/** The same on a record of a test's own. */
export function callbacksOn(table: AddressTable, record: AddressRecord): ParticipantCallbacks {
  return callbacksOf(new AddressKeeper(table, record));
}

function callbacksOf(keeper: AddressKeeper): ParticipantCallbacks {
  const withdraw = (context: StepContext): Promise<void> | undefined => {
    const wanted = wantedBy(context);
    return keeper.holdsMoreThan(wanted) ? keeper.withdraw(wanted) : undefined;
  };
  return {
    // Up closes the gate as SignaledStart does: after a crash there may be addresses that the configuration wants no more.
    up: (_event, context) => withdraw(context),
    signaledStart: (_event, context) => withdraw(context),
    // Who was held between two gates gets no second SignaledStart.
    unserveVolume: (_event, context) => withdraw(context),
    signaledFinish: (_event, context) => keeper.reconcile(wantedBy(context)),
    down: () => keeper.reconcile(NOTHING_WANTED),
  };
}

/** On the way down the configuration is the one that is left, and nothing of it is wanted. */
function wantedBy({ confMap, target }: StepContext): WantedAddresses {
  return target === undefined ? NOTHING_WANTED : wantedAddresses(confMap);
}

async function objections(
  next: Parameters<typeof wantedProblems>[0],
  table: AddressTable,
): Promise<readonly Problem[]> {
  const problems = wantedProblems(next);
  if (problems.length > 0) return problems;
  const wanted = wantedAddresses(next);
  const objection = wanted.interface === "" ? undefined : await table.objection(wanted);
  if (objection === undefined) return [];
  const origin = next.origin(SECTION, "Interface");
  const message = `[${SECTION}] Interface ${objection}`;
  return [{ rule: VIRTUAL_IP, section: SECTION, option: "Interface", message, file: origin?.file, line: origin?.line }];
}
