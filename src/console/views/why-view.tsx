/** Why an event came about: which setting, which rule, who asked, and who was told. */
import type { JSX } from "preact";
import type { Why } from "../../service/http/answers.ts";
import { query } from "../api.ts";
import { useFetched } from "../fetched.ts";
import { routeTo } from "../route.ts";
import { Chip, ClockTime, pending } from "../text.tsx";
import { causeWords, kindWord, OUTCOMES, STEP_WORDS } from "../words.ts";

export function WhyView({ fields }: { readonly fields: Readonly<Record<string, string>> }): JSX.Element {
  const { event = "", subject = "", seq } = fields;
  const fetched = useFetched<Why>(`/why${query({ event, subject, seq })}`);
  const occurrences = fetched.answer?.occurrences ?? [];
  return (
    <>
      <p class="crumbs">
        <a href="#/timeline">Timeline</a>
      </p>
      <h1 class="name">
        Why {event} {subject}
      </h1>
      {pending(fetched, "such event in the journal") ??
        (occurrences.length === 0 ? (
          <p class="panel empty">The journal has no such event.</p>
        ) : (
          occurrences.map((each) => <Occurrence key={each.seq} occurrence={each} />)
        ))}
    </>
  );
}

function Occurrence({ occurrence }: { readonly occurrence: Why["occurrences"][number] }): JSX.Element {
  const { event, reason, cause, time, transitionId, kind, outcome, seq, told, failures } = occurrence;
  const [word, tone] = OUTCOMES[outcome] ?? [outcome, "plain"];
  return (
    <section class="panel">
      <h2>{event}</h2>
      <p class="reason">{reason}</p>
      <p>
        In a <a href={routeTo(["transitions", transitionId])}>{kindWord(kind).toLowerCase()}</a> {causeWords(cause)},{" "}
        <ClockTime at={time} /> <Chip tone={tone}>{word}</Chip>{" "}
        <a href={routeTo(["timeline"], { at: seq })}>timeline</a>
      </p>
      <h3>Who was told</h3>
      <ul class="told">
        {told.map(({ participant, outcome }) => {
          const [said, how] = STEP_WORDS[outcome] ?? [outcome, "plain"];
          return (
            <li key={participant}>
              <a href={routeTo(["participants", participant])}>{participant}</a> <Chip tone={how}>{said}</Chip>
            </li>
          );
        })}
      </ul>
      {failures.map((failure) => (
        <p key={failure.seq} class="problem">
          {failure.message}
        </p>
      ))}
    </section>
  );
}
