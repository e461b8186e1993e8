/** The steps of one cell of the board, in the order in which they are delivered. */
import type { ComponentChildren, JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Board, Steps } from "../../service/http/answers.ts";
import { get, query, sentenceOf } from "../api.ts";
import { useFetched } from "../fetched.ts";
import { routeTo } from "../route.ts";
import { useKnown } from "../store.ts";
import { Chip } from "../text.tsx";
import { VirtualList } from "../virtual-list.tsx";
import { counted, kindWord, STEP_WORDS } from "../words.ts";

interface Shown {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

const PAGE = 200;

export function StepsView({ id, fields }: Shown): JSX.Element {
  const { course, phase = "0", participant = "" } = fields;
  const present = useKnown(({ board }) => board);
  const fetched = useFetched<Board>(
    present?.transitionId === id ? undefined : `/transitions/${encodeURIComponent(id)}`,
  );
  const board = present?.transitionId === id ? present : fetched.answer;
  const plan = board?.courses[course === undefined ? board.courses.length - 1 : Number(course)];
  const callback = plan?.phases[Number(phase)]?.callback ?? `phase ${phase}`;
  const cell = plan?.cells.find((each) => each.phase === Number(phase) && each.participant === participant);
  const path = `/transitions/${encodeURIComponent(id)}/steps`;
  const asked = query({ course, phase, participant });
  return (
    <>
      <p class="crumbs">
        <a href="#/timeline">Timeline</a> ›{" "}
        <a href={routeTo(["transitions", id])}>{board === undefined ? "Transition" : kindWord(board.kind)}</a>
      </p>
      <h1 class="name">
        {callback} to {participant}
      </h1>
      <PagedSteps
        path={path}
        asked={asked}
        version={cell === undefined ? "" : JSON.stringify(cell)}
        callback={callback}
      />
    </>
  );
}

interface Paged {
  readonly path: string;
  /** The query, without the page. */
  readonly asked: string;
  /** When it is another, what was fetched may not hold any more. */
  readonly version: string;
  readonly callback: string;
}

function PagedSteps({ path, asked, version, callback }: Paged): JSX.Element {
  const [pages, setPages] = useState<ReadonlyMap<number, Steps>>(new Map());
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const sight = useRef<readonly [number, number]>([0, 1]);
  const asking = useRef(new Set<number>());
  const askPages = useCallback(
    (first: number, last: number, fresh: boolean) => {
      for (let page = Math.floor(first / PAGE); page * PAGE < last; page += 1) {
        if (asking.current.has(page) && !fresh) continue;
        asking.current.add(page);
        get<Steps>(`${path}${asked}&offset=${page * PAGE}&limit=${PAGE}`).then(
          (steps) => setPages((known) => new Map(known).set(page, steps)),
          (error: unknown) => {
            asking.current.delete(page);
            setProblem(sentenceOf(error));
          },
        );
      }
    },
    [path, asked],
  );
  const inSight = useCallback(
    (first: number, last: number) => {
      sight.current = [first, Math.max(last, 1)];
      askPages(first, Math.max(last, 1), false);
    },
    [askPages],
  );
  useEffect(() => {
    const timer = setTimeout(() => {
      asking.current = new Set();
      askPages(...sight.current, true);
    }, 300);
    return () => clearTimeout(timer);
  }, [version, askPages]);
  const total = [...pages.values()].at(-1)?.total;
  if (problem !== undefined && pages.size === 0)
    return (
      <p class="problem" role="alert">
        {problem}
      </p>
    );
  const cells = (index: number): readonly ComponentChildren[] => {
    const step = pages.get(Math.floor(index / PAGE))?.steps[index % PAGE];
    if (step === undefined) return ["…", "", ""];
    const [word, tone] = STEP_WORDS[step.outcome] ?? [step.outcome, "plain"];
    const why = routeTo(["why"], { event: callback, subject: step.subject });
    return [
      <a key="why" href={why} title={step.subject}>
        {step.subject === "" ? callback : step.subject}
      </a>,
      <Chip key="outcome" tone={tone}>
        {word}
      </Chip>,
      <code key="key" title={step.idempotencyKey}>
        {step.idempotencyKey}
      </code>,
    ];
  };
  return (
    <>
      <p class="dim" role="status">
        {total === undefined ? "One moment …" : counted(total, "step")}
      </p>
      <VirtualList
        label="Steps"
        columns={["Subject", "Outcome", "Idempotency key"]}
        rows={total ?? 0}
        cells={cells}
        inSight={inSight}
      />
    </>
  );
}
