/** What changed between two moments: settings, places, and what each participant knows and serves. */
import type { JSX } from "preact";
import type { Difference } from "../service/http/answers.ts";
import { query } from "./api.ts";
import { useFetched } from "./fetched.ts";
import { pending } from "./text.tsx";
import { count, counted } from "./words.ts";

interface Between {
  readonly from: number;
  readonly to: number;
  readonly chosen: (from: number) => void;
}

export function DifferencePanel({ from, to, chosen }: Between): JSX.Element {
  const fetched = useFetched<Difference>(`/difference${query({ from, to })}`);
  const { answer } = fetched;
  return (
    <section aria-labelledby="difference">
      <h2 id="difference">What changed</h2>
      <label class="fact-number">
        since fact
        <input
          type="number"
          min={0}
          max={to}
          value={from}
          onChange={({ currentTarget }) => chosen(Number(currentTarget.value))}
        />
        <span class="dim">until fact {count(to)}</span>
      </label>
      {pending(fetched, "such fact") ?? (answer && <Changes difference={answer} />)}
    </section>
  );
}

const PLACES = [
  ["groupsCreated", "group created", "groups created"],
  ["groupsMoved", "group moved", "groups moved"],
  ["groupsDestroyed", "group gone", "groups gone"],
  ["volumesCreated", "volume created", "volumes created"],
  ["volumesMoved", "volume moved", "volumes moved"],
  ["volumesDestroyed", "volume gone", "volumes gone"],
] as const;

function Changes({ difference }: { readonly difference: Difference }): JSX.Element {
  const { conf, topology, participants, cut } = difference;
  const places = PLACES.filter(([key]) => topology[key].length > 0);
  if (conf.length + places.length + participants.length === 0) return <p class="empty">Nothing.</p>;
  return (
    <div class="changes">
      {places.map(([key, one, many]) => (
        <Names key={key} title={counted(topology[key].length, one, many)} names={topology[key]} />
      ))}
      {conf.length > 0 && <Settings conf={conf} />}
      {participants.map(({ name, changes }) => (
        <Names key={name} title={`${counted(changes.length, "change")} of ${name}`} names={changes} />
      ))}
      {cut && <p class="dim">Longer lists are cut; signaled diff shows everything.</p>}
    </div>
  );
}

const AT_ONCE = 8;

function Names({ title, names }: { readonly title: string; readonly names: readonly string[] }): JSX.Element {
  return (
    <details open={names.length <= AT_ONCE}>
      <summary>{title}</summary>
      <ul class="names">
        {names.slice(0, 1_000).map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </details>
  );
}

function Settings({ conf }: { readonly conf: Difference["conf"] }): JSX.Element {
  return (
    <details open={conf.length <= AT_ONCE}>
      <summary>{counted(conf.length, "setting")}</summary>
      <ul class="settings">
        {conf.map(({ section, option, before, after, file, line }) => (
          <li key={`${section} ${option}`}>
            <b class="name">
              [{section}] {option}
            </b>
            {file !== undefined && (
              <small class="dim">
                {" "}
                {file}
                {line !== undefined && `:${line}`}
              </small>
            )}
            {before !== undefined && (
              <del>
                <span class="unseen">before: </span>
                {values(before)}
              </del>
            )}
            {after !== undefined && (
              <ins>
                <span class="unseen">after: </span>
                {values(after)}
              </ins>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

const LONGEST = 2_000;

function values(list: readonly string[]): string {
  const text = list.length === 0 ? "(empty)" : list.join(", ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} … (${counted(list.length, "value")})` : text;
}
