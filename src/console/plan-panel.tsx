/** A plan: its phases in order, who is told in which order, and for every event the reason. */
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { PlanAnswer } from "../service/http/answers.ts";
import { VirtualList } from "./virtual-list.tsx";
import { arrowOf, counted, directionWords } from "./words.ts";

interface PlanProps {
  readonly answer: PlanAnswer;
  readonly foot: ComponentChildren;
}

export function PlanPanel({ answer, foot }: PlanProps): JSX.Element {
  const { plan, steps, hash, cut } = answer;
  const reasons = useMemo(() => reasonsByPhase(answer), [answer]);
  return (
    <section class="panel plan" aria-labelledby="plan">
      <div class="panel-head">
        <h2 id="plan">The plan</h2>
        <span>{counted(steps, "step")}</span>
        <code class="dim hash" title={hash}>
          {hash.slice(0, 12)}
        </code>
      </div>
      {plan.phases.length === 0 && <p class="empty">Nobody has anything to be told.</p>}
      <ol class="phases">
        {plan.phases.map((phase, index) => (
          <li key={phase.callback}>
            <h3>
              {phase.callback}{" "}
              <span title={directionWords(phase.direction)}>
                <span aria-hidden="true">{arrowOf(phase.direction)}</span>
                <span class="unseen">, {directionWords(phase.direction)}</span>
              </span>
            </h3>
            <p class="dim">
              {counted(phase.events.length, "event")} to {phase.participants.join(", ") || "nobody"}
            </p>
            <Events events={reasons[index] ?? []} callback={phase.callback} />
          </li>
        ))}
      </ol>
      {cut && <p class="dim">Longer phases are cut here; signaled plan shows everything.</p>}
      {foot}
    </section>
  );
}

interface Reasoned {
  readonly subject: string;
  readonly text: string;
}

/** Explanations come one for each event, phase by phase. */
function reasonsByPhase({ plan, explanation }: PlanAnswer): readonly (readonly Reasoned[])[] {
  const byCallback = new Map<string, Reasoned[]>();
  for (const { callback, subject, text } of explanation) {
    const list = byCallback.get(callback) ?? [];
    list.push({ subject, text });
    byCallback.set(callback, list);
  }
  return plan.phases.map(({ callback }) => byCallback.get(callback) ?? []);
}

const AT_ONCE = 5;

function Events({
  events,
  callback,
}: {
  readonly events: readonly Reasoned[];
  readonly callback: string;
}): JSX.Element {
  if (events.length > AT_ONCE)
    return (
      <details>
        <summary>{counted(events.length, "event")} with reasons</summary>
        <VirtualList
          label={`Events of ${callback}`}
          columns={["Subject", "Reason"]}
          rows={events.length}
          cells={(index) => [
            events[index]?.subject,
            <span key="text" title={events[index]?.text}>
              {events[index]?.text}
            </span>,
          ]}
        />
      </details>
    );
  return (
    <ul class="reasons">
      {events.map(({ subject, text }) => (
        <li key={subject}>
          {subject !== "" && <b class="name">{subject}</b>} <span class="dim">{text}</span>
        </li>
      ))}
    </ul>
  );
}
