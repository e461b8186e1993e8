/** The board: phases × participants, each cell with how far it is, what runs now and what failed. */
import { Fragment, type JSX } from "preact";
import type { Board, Cell, Course } from "../service/http/answers.ts";
import { routeTo } from "./route.ts";
import { Bar } from "./text.tsx";
import { arrowOf, CELL_WORDS, count, counted, directionWords } from "./words.ts";

interface Shown {
  readonly board: Board;
  readonly course: number;
}

export function CourseBoard({ board, course: index }: Shown): JSX.Element | null {
  const course = board.courses[index];
  if (course === undefined) return null;
  if (course.phases.length === 0) return <p class="empty">Nobody had anything to be told.</p>;
  const cells = new Map(course.cells.map((cell) => [`${cell.phase} ${cell.participant}`, cell]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section class="scroller" tabIndex={0} aria-label="Board: phases by participants">
      <table class="board" style={{ minWidth: `${14 + course.participants.length * 7.4}em` }}>
        <caption class="unseen">Phases in order, by participants in registration order</caption>
        <thead>
          <tr>
            <th scope="col">Phase</th>
            {course.participants.map((name) => (
              <th key={name} scope="col">
                <a href={routeTo(["participants", name])} title={name}>
                  {name}
                </a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {course.phases.map((phase, position) => (
            <tr key={phase.callback} class={rowState(course, position)}>
              <th scope="row">
                <Breakable name={phase.callback} />
                {"\u00a0"}
                <span title={directionWords(phase.direction)}>
                  <span aria-hidden="true">{arrowOf(phase.direction)}</span>
                  <span class="unseen">, {directionWords(phase.direction)}</span>
                </span>
                <Subjects phase={phase} />
              </th>
              {course.participants.map((name) => (
                <BoardCell key={name} board={board} course={index} cell={cells.get(`${position} ${name}`)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A callback's name, which may go on in the next line where a word begins. */
function Breakable({ name }: { readonly name: string }): JSX.Element {
  const words = name.split(/(?=[A-Z])/);
  return (
    <>
      {words.map((word, index) => (
        <Fragment key={word}>
          {index > 0 && <wbr />}
          {word}
        </Fragment>
      ))}
    </>
  );
}

function Subjects({ phase }: { readonly phase: Course["phases"][number] }): JSX.Element | null {
  const names = phase.first.map(({ subject }) => subject).filter((subject) => subject !== "");
  if (names.length === 0) return null;
  const more = phase.subjects > names.length ? ", …" : "";
  return (
    <small title={`${names.join(", ")}${more}`}>
      {phase.subjects === 1 ? names[0] : counted(phase.subjects, "subject")}
    </small>
  );
}

function rowState({ cells }: Course, position: number): string {
  const row = cells.filter(({ phase, state }) => phase === position && state !== "not-implemented");
  if (row.some(({ state }) => state === "failed")) return "bad";
  if (row.some(({ state }) => state === "running" || state === "overdue")) return "going";
  return row.length > 0 && row.every(({ state }) => state === "done") ? "over" : "";
}

interface CellShown extends Shown {
  readonly cell: Cell | undefined;
}

function BoardCell({ board, course, cell }: CellShown): JSX.Element {
  if (cell === undefined || cell.state === "not-implemented")
    return (
      <td class="nobody">
        <span aria-hidden="true">·</span>
        <span class="unseen">{cell === undefined ? "is not told" : CELL_WORDS["not-implemented"][0]}</span>
      </td>
    );
  const [word, tone] = CELL_WORDS[cell.state];
  const over = cell.done + cell.dropped;
  const href = routeTo(["transitions", board.transitionId, "steps"], {
    course,
    phase: cell.phase,
    participant: cell.participant,
  });
  return (
    <td class={`cell ${cell.state}`}>
      <a href={href} title={word}>
        <span class="cell-text">
          <span class="glyph" aria-hidden="true">
            {GLYPHS[cell.state]}
          </span>
          <span class="unseen">{word}, </span>
          {cell.total === 1 && over === 1 && cell.state === "done" ? (
            "done"
          ) : (
            <span class="numbers">
              {count(over)}
              <span class="dim"> / {count(cell.total)}</span>
            </span>
          )}
          {cell.failed > 0 && <span class="bad-text"> {count(cell.failed)} failed</span>}
          {cell.inDoubt > 0 && <span class="wait-text"> {count(cell.inDoubt)} in doubt</span>}
        </span>
        <Bar done={over} total={cell.total} tone={tone} label={`${cell.participant}, steps that are over`} />
      </a>
    </td>
  );
}

const GLYPHS: Readonly<Record<Cell["state"], string>> = {
  waiting: "○",
  running: "▶",
  done: "✓",
  failed: "✕",
  overdue: "!",
  "not-implemented": "·",
};

interface FailuresProps {
  readonly board: Board;
  readonly most?: number;
}

/** What failed, latest last, each with its place. */
export function Failures({ board, most = Number.POSITIVE_INFINITY }: FailuresProps): JSX.Element | null {
  const { failures, transitionId } = board;
  if (failures.length === 0) return null;
  return (
    <section aria-labelledby="failures">
      <h2 id="failures">{counted(failures.length, "failure")}</h2>
      <ul class="failures">
        {failures.slice(0, most).map((failure) => (
          <li key={failure.seq}>
            <p>
              <b>
                {[failure.participant, failure.callback, failure.subject]
                  .filter((part) => part !== undefined && part !== "")
                  .join(" · ")}
              </b>{" "}
              <code>{failure.code}</code> <FailureLinks failure={failure} />
            </p>
            <p class="problem">{failure.message}</p>
          </li>
        ))}
      </ul>
      {failures.length > most && (
        <p>
          <a href={routeTo(["transitions", transitionId])}>{count(failures.length - most)} more</a>
        </p>
      )}
    </section>
  );
}

/** Ways to more about a failure. */
export function FailureLinks({ failure }: { readonly failure: Board["failures"][number] }): JSX.Element {
  const { seq, callback, subject } = failure;
  return (
    <span class="more">
      <a href={routeTo(["timeline"], { at: seq })}>fact {count(seq)}</a>
      {callback !== undefined && <a href={routeTo(["why"], { event: callback, subject, seq })}>why it was asked for</a>}
    </span>
  );
}
