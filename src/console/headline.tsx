/** The headline: what state it is in, what happens next, what is stuck and why. Made to be read at three in the morning. */
import type { JSX } from "preact";
import type { Board, Running, Status } from "../service/http/answers.ts";
import { Actions } from "./actions.tsx";
import { FailureLinks } from "./board.tsx";
import { routeTo } from "./route.ts";
import { useKnown } from "./store.ts";
import { Bar, ClockTime, useTicking } from "./text.tsx";
import { arrowOf, causeWords, count, counted, headway, kindWord, percent, span, standing } from "./words.ts";

export function Headline(): JSX.Element {
  const status = useKnown((known) => known.status);
  const board = useKnown((known) => known.board);
  if (status === undefined) return <section class="headline plain" aria-label="State" />;
  const [word, tone] = standing(status);
  return (
    <section class={`headline ${tone}`} aria-labelledby="standing">
      <div class="headline-text">
        <h1 id="standing">{word}</h1>
        <Story status={status} board={board} />
      </div>
      <Actions status={status} />
    </section>
  );
}

interface Told {
  readonly status: Status;
  readonly board: Board | undefined;
}

function Story({ status, board }: Told): JSX.Element {
  const { state, transition, broken, queued } = status;
  if (broken !== undefined)
    return (
      <>
        <p class="problem">{broken.message}</p>
        <p>Nothing can be recorded any more, so nothing is delivered either. Mend the journal, and start again.</p>
      </>
    );
  const waiting = queued.length > 0 && <p>Next in line: {queued.map(kindWord).join(", ")}.</p>;
  if (state === "failed") return <HeldStory status={status} board={board} />;
  if (transition === undefined)
    return (
      <>
        <p>{state === "up" ? "Everybody is where the configuration says." : "Nobody is up."}</p>
        <LastStory board={board} status={status} />
        <Refused board={board} />
      </>
    );
  return (
    <>
      <p>
        {kindWord(transition.kind)} {causeWords(transition.cause)}
      </p>
      <Headway transition={transition} board={board} />
      {waiting}
    </>
  );
}

function HeldStory({ status, board }: Told): JSX.Element {
  const { transition } = status;
  const failure = board && heldFailure(board);
  const { participant, callback, subject } = { ...failure, ...board?.held };
  const place = [participant, callback, subject].filter((part) => part !== undefined && part !== "");
  return (
    <>
      <p>
        {transition === undefined ? "A transition" : kindWord(transition.kind)}{" "}
        {transition !== undefined && causeWords(transition.cause)} stopped
        {place.length > 0 && (
          <>
            {" at "}
            <b>{place.join(" · ")}</b>
          </>
        )}
        {failure !== undefined && board !== undefined && (
          <>
            {" "}
            at <ClockTime at={board.ended} />
          </>
        )}
        :
      </p>
      <p class="problem">
        {transition?.held?.message ?? board?.held?.message ?? failure?.message ?? "no reason is known"}
      </p>
      <p class="dim">
        Nothing moves until somebody goes on. Volumes that are served stay served.{" "}
        {failure !== undefined && <FailureLinks failure={failure} />}
      </p>
    </>
  );
}

/** The failure that it is held at; with steps at once, others may have failed after it. */
function heldFailure({ held, failures }: Board): Board["failures"][number] | undefined {
  const at = failures.findLast(
    ({ participant, callback, subject }) =>
      participant === held?.participant && callback === held?.callback && subject === held?.subject,
  );
  return at ?? failures.at(-1);
}

function LastStory({ board, status }: Told): JSX.Element | null {
  const settled = board !== undefined && board.outcome !== "running" && board.outcome !== "held";
  return (
    <p class="dim">
      {settled && (
        <>
          Last: <a href={routeTo(["transitions", board.transitionId])}>{kindWord(board.kind)}</a>{" "}
          {causeWords(board.cause)}, <ClockTime at={board.ended} />, {counted(board.steps, "step")} in{" "}
          {span(Date.parse(board.ended) - Date.parse(board.time))}.{" "}
        </>
      )}
      {status.confInUse === "posted" && "The configuration in use was posted, and is not what the file says. "}
      {status.inDoubt.length > 0 && `${counted(status.inDoubt.length, "step")} in doubt, delivered again first. `}
    </p>
  );
}

/** A refusal moves nothing, and is easily overlooked: it is told until something else happens. */
function Refused({ board }: { readonly board: Board | undefined }): JSX.Element | null {
  const fact = useKnown(({ facts }) => facts.find(({ type }) => type === "RequestRefused"));
  if (fact === undefined || fact.seq < (board?.lastSeq ?? 0)) return null;
  return (
    <p class="note">
      <ClockTime at={fact.time} />: {fact.text}{" "}
      <a href={routeTo(["timeline"], { at: fact.seq })}>fact {count(fact.seq)}</a>
    </p>
  );
}

interface Moving {
  readonly transition: NonNullable<Status["transition"]>;
  readonly board: Board | undefined;
}

function Headway({ transition, board }: Moving): JSX.Element {
  const own = board?.transitionId === transition.transitionId ? board : undefined;
  const { done, total } = own === undefined ? transition : headway(own);
  const next = own === undefined ? undefined : nextPhase(own);
  return (
    <>
      <div class="headway">
        <Bar done={done} total={total} tone="going" label="Steps that are over" />
        <span>
          {count(done)} of {counted(total, "step")}, {percent(done, total)}
        </span>
      </div>
      {own !== undefined && <RunningSteps steps={own.running} />}
      {next !== undefined && <p class="dim">Next: {next}</p>}
    </>
  );
}

/** What follows the phase that is being delivered. */
function nextPhase(board: Board): string | undefined {
  const course = board.courses.at(-1);
  const first = course?.cells.find(({ state }) => state === "waiting");
  const phase = first && course?.phases[first.phase];
  if (first === undefined || phase === undefined) return undefined;
  const subjects = phase.subjects > 1 ? `, ${count(phase.subjects)} subjects` : "";
  return `${phase.callback} ${arrowOf(phase.direction)} to ${first.participant}${subjects}`;
}

const SHOWN = 3;

/** The steps that are waited for, with how long, and by when they must have answered. */
function RunningSteps({ steps }: { readonly steps: readonly Running[] }): JSX.Element | null {
  const heard = useKnown((known) => known.boardHeard);
  // Without a connection nobody knows whether they are waited for still.
  const live = useKnown(({ connection }) => connection === "live");
  const now = useTicking(live && steps.length > 0);
  if (steps.length === 0) return null;
  const late = [...steps].sort((one, other) => other.elapsed - one.elapsed).slice(0, SHOWN);
  return (
    <ul class="underway">
      {late.map(({ participant, callback, subject, elapsed, deadline, overdue, fraction, text }) => {
        const waited = elapsed + Math.max(0, now - heard);
        return (
          <li key={`${participant} ${callback} ${subject}`} class={overdue ? "overdue" : ""}>
            <b>{participant}</b> {callback} <span class="name">{subject}</span>{" "}
            <span class="dim">
              {span(waited)} of {span(deadline)}
              {overdue && <strong>, overdue</strong>}
              {fraction !== undefined && `, ${percent(fraction, 1)}`}
              {text !== undefined && `: ${text}`}
            </span>
          </li>
        );
      })}
      {steps.length > SHOWN && <li class="dim">and {count(steps.length - SHOWN)} more at once</li>}
    </ul>
  );
}
