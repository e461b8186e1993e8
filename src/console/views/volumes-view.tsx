/** Peers, groups and volumes, with where they are served: now, or as it was after an earlier fact. */
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Status, TopologyAnswer } from "../../service/http/answers.ts";
import { query } from "../api.ts";
import { useFetched } from "../fetched.ts";
import { PastBanner } from "../past-banner.tsx";
import { type Fields, replaceRoute, routeTo } from "../route.ts";
import { useKnown } from "../store.ts";
import { Chip, pending } from "../text.tsx";
import { VirtualList } from "../virtual-list.tsx";
import { type Chosen, type Row, rowsOf } from "../volume-rows.ts";
import { count, counted } from "../words.ts";

export function VolumesView({ fields }: { readonly fields: Readonly<Record<string, string>> }): JSX.Element {
  const at = fields["at"];
  // Only a transition that has ended leads elsewhere.
  const version = useKnown(({ status }) => at ?? settledKey(status));
  const fetched = useFetched<TopologyAnswer>(`/topology${query({ at })}`, version);
  const chosen = { text: fields["q"] ?? "", peer: fields["peer"] ?? "" };
  const choose = (change: Fields): void => replaceRoute(["volumes"], { ...fields, ...change });
  const { answer } = fetched;
  return (
    <>
      <h1>Volumes</h1>
      <PastBanner at={at} path={["volumes"]} />
      {pending(fetched, "configuration at this moment: nothing is up") ??
        (answer && <Placed topology={answer} chosen={chosen} choose={choose} />)}
    </>
  );
}

function settledKey(status: Status | undefined): string {
  return `${status?.confHash} ${status?.state === "up" || status?.state === "down"}`;
}

interface PlacedProps {
  readonly topology: TopologyAnswer;
  readonly chosen: Chosen;
  readonly choose: (change: Fields) => void;
}

function Placed({ topology, chosen, choose }: PlacedProps): JSX.Element {
  const rows = useMemo(() => rowsOf(topology.groups, chosen), [topology, chosen.text, chosen.peer]);
  const [groups, volumes] = [rows.filter(({ volume }) => volume === undefined).length, rows.length];
  const cells = (index: number): readonly ComponentChildren[] => cellsOf(rows[index] as Row, topology.whoAmI);
  return (
    <>
      <Peers topology={topology} chosen={chosen.peer} choose={(peer) => choose({ peer })} />
      <div class="filter">
        <label class="field">
          <span>Find a volume, group or address</span>
          <input
            type="search"
            value={chosen.text}
            onInput={({ currentTarget }) => choose({ q: currentTarget.value })}
          />
        </label>
        <p role="status" class="dim">
          {counted(groups, "group")}, {counted(volumes - groups, "volume")}
        </p>
      </div>
      {rows.length === 0 ? (
        <p class="panel empty">Nothing of that name.</p>
      ) : (
        <VirtualList
          label="Groups and their volumes"
          columns={["Name", "Served by", "Address", "More"]}
          rows={rows.length}
          cells={cells}
          rowClass={(index) => (rows[index]?.volume === undefined ? "group-row" : "volume-row")}
          about={`${chosen.text} ${chosen.peer}`}
        />
      )}
    </>
  );
}

function cellsOf({ group, volume }: Row, whoAmI: string): readonly ComponentChildren[] {
  const name = volume ?? group.name;
  const event = volume === undefined ? "VolumeGroupCreated" : group.served ? "ServeVolume" : "VolumeCreated";
  const links = (
    <>
      <a href={routeTo(["timeline"], volume === undefined ? { group: name } : { volume: name })}>
        history<span class="unseen"> of {name}</span>
      </a>{" "}
      <a href={routeTo(["why"], { event, subject: name })}>
        why<span class="unseen"> {name}</span>
      </a>
    </>
  );
  return [
    <span key="name" title={name}>
      {name}
      {volume === undefined && <small class="dim"> {counted(group.volumes.length, "volume")}</small>}
    </span>,
    <PeerName key="peer" peer={group.activePeer} whoAmI={whoAmI} />,
    volume === undefined ? group.virtualIPAddr : "",
    links,
  ];
}

function PeerName({ peer, whoAmI }: { readonly peer: string; readonly whoAmI: string }): JSX.Element {
  if (peer === "") return <Chip tone="wait">nobody</Chip>;
  return peer === whoAmI ? (
    <Chip tone="good">
      {peer}
      <span class="here">, here</span>
    </Chip>
  ) : (
    <span title={peer}>{peer}</span>
  );
}

interface PeersProps {
  readonly topology: TopologyAnswer;
  readonly chosen: string;
  readonly choose: (peer: string) => void;
}

/** How much each peer serves; pressing one shows only that. */
function Peers({ topology: { peers, groups, whoAmI }, chosen, choose }: PeersProps): JSX.Element {
  const nobody = groups.some(({ activePeer }) => activePeer === "") ? [""] : [];
  return (
    <ul class="peers" aria-label="Peers">
      {[...peers, ...nobody].map((peer) => {
        const own = groups.filter(({ activePeer }) => activePeer === peer);
        const volumes = own.reduce((sum, group) => sum + group.volumes.length, 0);
        const key = peer === "" ? "nobody" : peer;
        return (
          <li key={key}>
            <button type="button" aria-pressed={chosen === key} onClick={() => choose(chosen === key ? "" : key)}>
              <b title={key}>
                {key}
                {peer === whoAmI && <small> here</small>}
              </b>
              <span>
                {count(volumes)} <small>{volumes === 1 ? "volume" : "volumes"}</small>
              </span>
              <small class="dim">{counted(own.length, "group")}</small>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
