/**
 * The built-in participants that a configuration turns on, in the order in which they register: behind the program's own,
 * and addresses last, since they leave first.
 */
import { VIRTUAL_IP, virtualIp, virtualIpOnPaper } from "../participants/virtual-ip.ts";
import { hasVirtualIp } from "../participants/wanted-addresses.ts";
import type { BuiltIn } from "./built-in-admission.ts";
import { EXEC, type ExecParticipant, execParticipant } from "./exec-participant.ts";
import { hasHooks } from "./hooks-section.ts";
import type { StatePlaces } from "./state-directory.ts";

/** For a service. */
export function builtInParticipants(exec: ExecParticipant, { addresses }: StatePlaces): readonly BuiltIn[] {
  return [
    { name: EXEC, ...exec, isAskedFor: hasHooks },
    { name: VIRTUAL_IP, ...virtualIp({ stateFile: addresses }), isAskedFor: hasVirtualIp },
  ];
}

/** No program is shown anything. */
const NOWHERE = "";

/** For who only looks: nothing of the host is looked at. */
export function builtInsOnPaper(): readonly BuiltIn[] {
  return [
    { name: EXEC, ...execParticipant({ concurrency: 1, folder: NOWHERE }), isAskedFor: hasHooks },
    { name: VIRTUAL_IP, ...virtualIpOnPaper(), isAskedFor: hasVirtualIp },
  ];
}
