/** Now: everything that somebody who was just woken up wants to see. */
import type { JSX } from "preact";
import { CourseBoard, Failures } from "../board.tsx";
import { FactList } from "../fact-list.tsx";
import { Headline } from "../headline.tsx";
import { routeTo } from "../route.ts";
import { chartState, Statechart } from "../statechart.tsx";
import { useKnown } from "../store.ts";
import { Chip, ClockTime } from "../text.tsx";
import { causeWords, kindWord, OUTCOMES } from "../words.ts";

export function NowView(): JSX.Element {
  const state = useKnown(({ status }) => (status === undefined ? "down" : chartState(status)));
  return (
    <>
      <Headline />
      <div class="columns">
        <div class="wide">
          <PresentBoard />
          <LatestFacts />
        </div>
        <section class="panel chart-panel" aria-labelledby="chart">
          <h2 id="chart">Lifecycle</h2>
          <Statechart state={state} />
          <p class="dim small">
            Lit: where it is, and the ways that lead on. Ways taken when there is nothing to tell are left out.
          </p>
        </section>
      </div>
    </>
  );
}

function PresentBoard(): JSX.Element | null {
  const board = useKnown((known) => known.board);
  const connection = useKnown((known) => known.connection);
  if (board === undefined)
    return connection === "live" ? <p class="panel empty">There has been no transition yet.</p> : null;
  const [word, tone] = OUTCOMES[board.outcome] ?? [board.outcome, "plain"];
  const latest = board.courses.length - 1;
  return (
    <>
      <section class="panel" aria-labelledby="board">
        <div class="panel-head">
          <h2 id="board">
            <a href={routeTo(["transitions", board.transitionId])}>{kindWord(board.kind)}</a>
          </h2>
          <Chip tone={tone}>{word}</Chip>
          <span class="dim">
            {causeWords(board.cause)}, <ClockTime at={board.time} />
          </span>
        </div>
        {latest < 0 ? <p class="empty">It is being planned.</p> : <CourseBoard board={board} course={latest} />}
        {latest > 0 && (
          <p class="dim small">
            Plan {latest + 1} of this transition; <a href={routeTo(["transitions", board.transitionId])}>see all</a>.
          </p>
        )}
      </section>
      {board.outcome !== "finished" && board.failures.length > (board.outcome === "held" ? 1 : 0) && (
        <Failures board={board} most={FAILURES_SHOWN} />
      )}
    </>
  );
}

const FAILURES_SHOWN = 3;
const SHOWN = 12;

function LatestFacts(): JSX.Element | null {
  const facts = useKnown((known) => known.facts);
  if (facts.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="latest">
      <div class="panel-head">
        <h2 id="latest">What just happened</h2>
        <a href="#/timeline">Timeline</a>
      </div>
      <FactList facts={facts.slice(0, SHOWN)} />
    </section>
  );
}
