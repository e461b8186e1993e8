/** The transitions of the journal, newest first, page by page, of a volume, group or participant if that is asked for. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Summary, Transitions } from "../service/http/answers.ts";
import { get, query, sentenceOf } from "./api.ts";
import { replaceRoute, routeTo } from "./route.ts";
import { useKnown } from "./store.ts";
import { Chip, ClockTime } from "./text.tsx";
import { causeWords, chapterWords, count, counted, OUTCOMES, span } from "./words.ts";

type Chosen = Readonly<Record<string, string>>;
const FILTERS = ["volume", "group", "participant"] as const;

export function TransitionList({ fields }: { readonly fields: Chosen }): JSX.Element {
  const asked = query(Object.fromEntries(FILTERS.map((name) => [name, fields[name]])));
  return (
    <section class="panel" aria-labelledby="transitions">
      <h2 id="transitions">Transitions</h2>
      <div class="filter">
        {FILTERS.map((name) => (
          <label key={name} class="field">
            <span>With the {name}</span>
            <input
              type="search"
              value={fields[name] ?? ""}
              onChange={({ currentTarget }) => replaceRoute(["timeline"], { ...fields, [name]: currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <Pages key={asked} asked={asked} />
    </section>
  );
}

/** The first page is kept up to date; further ones are added when they are asked for. */
function Pages({ asked }: { readonly asked: string }): JSX.Element {
  const settled = useKnown(({ board }) => `${board?.transitionId} ${board?.outcome}`);
  const [summaries, setSummaries] = useState<readonly Summary[]>([]);
  const [next, setNext] = useState<number | null | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const more = async (before: number | undefined): Promise<void> => {
    try {
      const page = await nextPage(asked, before);
      setSummaries((known) => merged(known, page.transitions));
      setNext((known) => (before === undefined && known !== undefined ? known : page.next));
      setProblem(undefined);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };
  useEffect(() => {
    void more(undefined);
  }, [settled]);
  return (
    <>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {summaries.length === 0 && next !== undefined && <p class="empty">None.</p>}
      <ol class="transitions">
        {summaries.map((summary) => (
          <Entry key={summary.seq} summary={summary} />
        ))}
      </ol>
      {typeof next === "number" && (
        <button type="button" onClick={() => void more(next)}>
          Earlier ones
        </button>
      )}
    </>
  );
}

/** A page may be empty and still have a next one; whoever asks for more wants to see something. */
async function nextPage(asked: string, before: number | undefined): Promise<Transitions> {
  let page = await get<Transitions>(`/transitions${withFields(asked, before)}`);
  while (page.transitions.length === 0 && page.next !== null)
    page = await get<Transitions>(`/transitions${withFields(asked, page.next)}`);
  return page;
}

function withFields(asked: string, before: number | undefined): string {
  const more = before === undefined ? "limit=50" : `limit=50&before=${before}`;
  return asked === "" ? `?${more}` : `${asked}&${more}`;
}

function merged(known: readonly Summary[], fresh: readonly Summary[]): readonly Summary[] {
  const bySeq = new Map([...known, ...fresh].map((summary) => [summary.seq, summary]));
  return [...bySeq.values()].sort((one, other) => other.seq - one.seq);
}

function Entry({ summary }: { readonly summary: Summary }): JSX.Element {
  const word = chapterWords(summary);
  if (summary.chapter === "process")
    return (
      <li class="process">
        <span class="what">
          {word} <span class="dim">{`${summary.program}, pid ${summary.pid} on ${summary.host}`}</span>
        </span>
        <When seq={summary.seq} time={summary.time} />
      </li>
    );
  if (summary.chapter === "refusal")
    return (
      <li>
        <span class="what">
          {word} <Chip tone="bad">refused</Chip> <span class="dim">{causeWords(summary.cause)}</span>
        </span>
        <When seq={summary.seq} time={summary.time} />
        <p class="problem">{summary.message}</p>
      </li>
    );
  const { transitionId, cause, outcome, steps, failures, seq, lastSeq, time, ended } = summary;
  const [said, tone] = OUTCOMES[outcome] ?? [outcome, "plain"];
  const last = failures.at(-1);
  return (
    <li>
      <span class="what">
        <a href={routeTo(["transitions", transitionId])}>{word}</a> <Chip tone={tone}>{said}</Chip>{" "}
        <span class="dim">
          {causeWords(cause)}, {counted(steps, "step")} in {span(Date.parse(ended) - Date.parse(time))}
        </span>
      </span>
      <When seq={lastSeq} time={time} from={Math.max(0, seq - 1)} />
      {last !== undefined && <p class="problem">{last.message}</p>}
    </li>
  );
}

interface WhenProps {
  readonly seq: number;
  readonly time: string;
  readonly from?: number;
}

function When({ seq, time, from }: WhenProps): JSX.Element {
  return (
    <span class="when">
      <ClockTime at={time} />{" "}
      <a href={routeTo(["timeline"], { at: seq, from })}>
        fact {count(seq)}
        {from !== undefined && ", what changed"}
      </a>
    </span>
  );
}
