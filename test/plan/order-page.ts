/** docs/order.md, made from the order tables: a page written by hand would be wrong after the first change. */
import { ORDERS, type OrderRow } from "../../src/plan/order.ts";

const RETURN = "```";

export function orderPage(): string {
  return `# The order of events

*This page is generated from the tables in \`src/plan/order.ts\`; a test fails when it is stale.*

A transition walks **phases**. A phase is all events of one callback, delivered in one direction:

- ↑ **registration order**: a participant hears it after those that it depends on;
- ↓ **reverse registration order**: a participant hears it before those that it depends on.

Within a phase the participant is the outer loop and the subject the inner one: all subjects for the first participant,
then all subjects for the next. Subjects follow the new configuration (\`VolumeGroupList\`, then each \`VolumeList\`) in forward
phases, and the old one, backwards, in reverse phases. The same input always gives the same steps.

## Two tables

The contract's documented order and the order that the original code runs are different. \`documented\` is the default;
\`proxyfs\` is for drop-in replacement.

### Towards a configuration (up and signaled)

${table("towards")}

Up goes to whoever is not up; VolumeToBeUnserved and everything else only to whoever needs it. In \`up\` from nothing that
leaves Up, VolumeGroupCreated, VolumeCreated, ServeVolume and SignaledFinish.

### Down

${table("down")}

## Where the two differ

| | \`documented\` | \`proxyfs\` |
|---|---|---|
| UnserveVolume | after the new groups and volumes were created | before anything is created |
| ServeVolume | before anything is destroyed | after everything that leaves was destroyed |

In both, a rename of a group looks like two owners of one thing for a moment (created comes before destroyed):
participants keep the *set* of what is wanted and reconcile, they do not pair an add with a remove.

## The rules behind the events

- A group is served here when its \`PrimaryPeer\` is \`WhoAmI\`, and its volumes with it. Without \`PrimaryPeer\` nobody serves it.
- A group *moved* when its active peer changed, a volume *moved* when its group changed.
- Volumes to stop serving: served before, and destroyed, or moved to another group, or in a moved group. Each is announced
  with VolumeToBeUnserved first.
- Volumes to start serving: served now, and created, or moved to another group, or in a moved group. So a volume that
  goes from one local group to another is unserved and served again.
- SignaledStart and SignaledFinish come even when nothing changed.
- Who is quiesced already (by Up, or by a SignaledStart whose transition failed) does not get SignaledStart again.

${RETURN}
signaled plan before.conf after.conf --explain
${RETURN}

prints all of this for a change of yours.

## Deviations from the original

| deviation | named test |
|---|---|
| Subjects have an order; the original's was that of a Go map. | \`test/plan/plan.test.ts\`: subjects follow the configuration |
| Callbacks about a subject that leaves are given the ConfMap that has its section, as \`context.previousConfMap\`. | \`test/effects/previous-conf.test.ts\` |
| After a failure the next transition sets out from where each participant is, not from the failed configuration. | \`test/campaigns/convergence.test.ts\` |
| VolumeGroupChanged and VolumeChanged are further callbacks; who does not implement them sees the contract's 13. | \`test/plan/plan.test.ts\`: changed options |
`;
}

function table(part: "towards" | "down"): string {
  const { documented, proxyfs } = ORDERS;
  const rows = documented[part].map((row, i) => `| ${i + 1} | ${cell(row)} | ${cell(proxyfs[part][i] as OrderRow)} |`);
  return ["| | `documented` | `proxyfs` |", "|---|---|---|", ...rows].join("\n");
}

function cell({ callback, direction }: OrderRow): string {
  return `${callback} ${direction === "reverse" ? "↓" : "↑"}`;
}
