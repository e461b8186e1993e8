/** One transition, from its first fact to its last. */
import type { JSX } from "preact";
import type { Board } from "../../service/http/answers.ts";
import { CourseBoard, Failures } from "../board.tsx";
import { useFetched } from "../fetched.ts";
import { routeTo } from "../route.ts";
import { useKnown } from "../store.ts";
import { Chip, ClockTime, pending } from "../text.tsx";
import { causeWords, count, counted, kindWord, OUTCOMES, span } from "../words.ts";

export function TransitionView({ id }: { readonly id: string }): JSX.Element {
  const present = useKnown(({ board }) => board);
  const isPresent = id === "current" || present?.transitionId === id;
  const fetched = useFetched<Board>(isPresent ? undefined : `/transitions/${encodeURIComponent(id)}`);
  const board = isPresent ? present : fetched.answer;
  return (
    <>
      <p class="crumbs">
        <a href="#/timeline">Timeline</a>
      </p>
      {board === undefined ? pending(fetched, "transition of this name") : <Told board={board} />}
    </>
  );
}

function Told({ board }: { readonly board: Board }): JSX.Element {
  const { kind, cause, outcome, time, ended, seq, lastSeq, steps, order, courses, remarks, transitionId } = board;
  const [word, tone] = OUTCOMES[outcome] ?? [outcome, "plain"];
  const over = outcome !== "running" && outcome !== "held";
  return (
    <>
      <h1>
        {kindWord(kind)} <Chip tone={tone}>{word}</Chip>
      </h1>
      <dl class="panel facts-of">
        <dt>Asked for</dt>
        <dd>{causeWords(cause)}</dd>
        <dt>When</dt>
        <dd>
          <ClockTime at={time} />
          {over && `, for ${span(Date.parse(ended) - Date.parse(time))}`}
        </dd>
        <dt>Steps</dt>
        <dd>
          {counted(steps, "step")} in the {order} order
        </dd>
        <dt>Facts</dt>
        <dd>
          <a href={routeTo(["timeline"], { at: seq })}>{count(seq)}</a> to{" "}
          <a href={routeTo(["timeline"], { at: lastSeq, from: Math.max(0, seq - 1) })}>
            {count(lastSeq)}, what changed
          </a>
        </dd>
        <dt>Id</dt>
        <dd>
          <code class="name">{transitionId}</code>
        </dd>
        {remarks.length > 0 && (
          <>
            <dt>On the way</dt>
            <dd>
              <ul>
                {remarks.map((remark) => (
                  <li key={remark}>{remark}</li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
      <Failures board={board} />
      {courses.map((course, index) => (
        <section key={index} class="panel" aria-label={`Plan ${index + 1} of ${courses.length}`}>
          {courses.length > 1 && (
            <h2>
              Plan {index + 1} of {courses.length}
            </h2>
          )}
          <CourseBoard board={board} course={courses.indexOf(course)} />
        </section>
      ))}
      {courses.length === 0 && <p class="panel empty">No plan was made.</p>}
    </>
  );
}
