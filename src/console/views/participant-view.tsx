/** One participant: what it takes part in, what it knows and what it serves. */
import type { JSX } from "preact";
import type { ParticipantAnswer } from "../../service/http/answers.ts";
import { query } from "../api.ts";
import { useFetched } from "../fetched.ts";
import { Standing } from "../participants-table.tsx";
import { PastBanner } from "../past-banner.tsx";
import { routeTo } from "../route.ts";
import { pending } from "../text.tsx";
import { NameList, VirtualList } from "../virtual-list.tsx";
import { count } from "../words.ts";
import { usePace } from "./participants-view.tsx";

interface Shown {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
}

export function ParticipantView({ name, fields }: Shown): JSX.Element {
  const at = fields["at"];
  const pace = usePace();
  const path = `/participants/${encodeURIComponent(name)}${query({ at })}`;
  const fetched = useFetched<ParticipantAnswer>(path, at === undefined ? pace : 0);
  const { answer } = fetched;
  return (
    <>
      <p class="crumbs">
        <a href={routeTo(["participants"], { at })}>Participants</a>
      </p>
      <h1 class="name">{name}</h1>
      <PastBanner at={at} path={["participants", name]} />
      {pending(fetched, "participant of this name at this moment") ?? (answer && <Details participant={answer} />)}
    </>
  );
}

function Details({ participant }: { readonly participant: ParticipantAnswer }): JSX.Element {
  const { name, up, quiesced, durable, after, callbacks, groups, volumes, served, noticed } = participant;
  const known = Object.entries(volumes);
  return (
    <>
      <dl class="panel facts-of">
        <dt>State</dt>
        <dd>
          <Standing up={up} quiesced={quiesced} />
        </dd>
        <dt>What it did</dt>
        <dd>{durable ? "outlives the process (durable)" : "ends with the process (volatile)"}</dd>
        <dt>After</dt>
        <dd>{after.length === 0 ? "nobody" : after.join(", ")}</dd>
        <dt>Takes part in</dt>
        <dd>{callbacks.join(", ") || "nothing"}</dd>
        <dt>History</dt>
        <dd>
          <a href={routeTo(["timeline"], { participant: name })}>transitions in which it was told something</a>
        </dd>
      </dl>
      <div class="halves">
        <section class="panel">
          <h2>Serves {count(served.length)}</h2>
          <NameList names={served} label="Volumes that it serves" column="Volume" />
        </section>
        <section class="panel">
          <h2>Knows {count(known.length)} volumes</h2>
          {known.length === 0 ? (
            <p class="empty">None.</p>
          ) : (
            <VirtualList
              label="Volumes that it knows, with their groups"
              columns={["Volume", "Group"]}
              rows={known.length}
              cells={(index) => known[index] ?? []}
            />
          )}
        </section>
        <section class="panel">
          <h2>Knows {count(Object.keys(groups).length)} groups</h2>
          <GroupList groups={Object.entries(groups)} />
        </section>
        {noticed.length > 0 && (
          <section class="panel">
            <h2>Noticed {count(noticed.length)}</h2>
            <p class="dim">Told that they will be unserved.</p>
            <NameList names={noticed} label="Volumes that it was told will be unserved" column="Volume" />
          </section>
        )}
      </div>
    </>
  );
}

function GroupList({ groups }: { readonly groups: readonly (readonly [string, string])[] }): JSX.Element {
  if (groups.length === 0) return <p class="empty">None.</p>;
  return (
    <VirtualList
      label="Groups that it knows, with their active peers"
      columns={["Group", "Served by"]}
      rows={groups.length}
      cells={(index) => [groups[index]?.[0], groups[index]?.[1] || "nobody"]}
    />
  );
}
