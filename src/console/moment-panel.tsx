/** The service as it was right after a fact. */
import type { JSX } from "preact";
import type { MomentAnswer } from "../service/http/answers.ts";
import type { Fetched } from "./fetched.ts";
import { ParticipantsTable } from "./participants-table.tsx";
import { routeTo } from "./route.ts";
import { Chip, ClockTime, pending } from "./text.tsx";
import { causeWords, count, counted, kindWord, type Tone } from "./words.ts";

const TONES: Readonly<Record<MomentAnswer["state"], Tone>> = {
  up: "good",
  down: "plain",
  signaling: "going",
  failed: "bad",
};

interface Asked {
  readonly seq: number;
  /** What the service has answered to that. */
  readonly fetched: Fetched<MomentAnswer>;
}

export function MomentPanel({ seq, fetched }: Asked): JSX.Element {
  const { answer } = fetched;
  return (
    <section aria-labelledby="moment">
      <h2 id="moment">After fact {count(answer?.seq ?? seq)}</h2>
      {pending(fetched, "such fact") ?? (answer && <Told moment={answer} />)}
    </section>
  );
}

function Told({ moment }: { readonly moment: MomentAnswer }): JSX.Element {
  const { seq, time, type, state, transition, participants, groups, volumes, served } = moment;
  return (
    <>
      <p>
        <Chip tone={TONES[state]}>{transition?.held === undefined ? state : "held"}</Chip> <ClockTime at={time} />{" "}
        <code>{type}</code>
      </p>
      <p>
        {counted(groups, "group")}, {counted(volumes, "volume")}, {count(served)} served by somebody here.
      </p>
      {transition !== undefined && (
        <p>
          <a href={routeTo(["transitions", transition.transitionId])}>{kindWord(transition.kind)}</a>{" "}
          {causeWords(transition.cause)}: {count(transition.done)} of {counted(transition.total, "step")}
          {transition.paused && ", paused"}
          {transition.participant !== undefined && `, at ${transition.participant} ${transition.callback ?? ""}`}
        </p>
      )}
      {transition?.held !== undefined && <p class="problem">{transition.held.message}</p>}
      <ParticipantsTable participants={participants} at={String(seq)} />
    </>
  );
}
