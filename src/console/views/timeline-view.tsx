/** The timeline: every transition, a scrubber to any moment, and what changed between two. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Facts, MomentAnswer } from "../../service/http/answers.ts";
import { query } from "../api.ts";
import { DifferencePanel } from "../difference-panel.tsx";
import { FactList } from "../fact-list.tsx";
import { useFetched } from "../fetched.ts";
import { MomentPanel } from "../moment-panel.tsx";
import { replaceRoute, routeTo } from "../route.ts";
import { Scrubber } from "../scrubber.tsx";
import { useKnown } from "../store.ts";
import { TransitionList } from "../transition-list.tsx";

type Chosen = Readonly<Record<string, string>>;

/** Milliseconds between two moves that make the scrubber one that is moving: what it passes is not asked for. */
const REST = 80;
const FACTS_AROUND = 6;

export function TimelineView({ fields }: { readonly fields: Chosen }): JSX.Element {
  const latest = useKnown(({ status }) => status?.seq ?? 0);
  const at = clamped(fields["at"], latest);
  const from = clamped(fields["from"], latest);
  const go = (change: Record<string, number | undefined>): void => replaceRoute(["timeline"], { ...fields, ...change });
  return (
    <>
      <h1>Timeline</h1>
      <section class="panel" aria-label="Moments">
        <Scrubber latest={latest} at={at} moved={(seq) => go({ at: seq })} />
        {at === undefined ? (
          <p class="dim">Move the slider, or choose a fact or a transition below, to see the service as it was then.</p>
        ) : (
          <Past at={at} from={from} go={go} />
        )}
      </section>
      <TransitionList fields={fields} />
    </>
  );
}

function clamped(text: string | undefined, latest: number): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  return latest === 0 ? Number(text) : Math.min(Number(text), latest);
}

interface PastProps {
  readonly at: number;
  readonly from: number | undefined;
  readonly go: (change: Record<string, number | undefined>) => void;
}

function Past({ at, from, go }: PastProps): JSX.Element {
  const rested = useRested(at);
  const moment = useFetched<MomentAnswer>(`/moments/${rested}`);
  // What changed until then comes after the moment itself: the service works out one after the other.
  const shown = moment.answer?.seq ?? rested;
  const since = from ?? Math.max(0, shown - 1);
  const first = Math.max(1, rested - FACTS_AROUND);
  const around = useFetched<Facts>(`/facts${query({ from: first, to: rested + FACTS_AROUND, limit: 50 })}`);
  return (
    <>
      <p class="links">
        <a href={routeTo(["volumes"], { at })}>Volumes then</a>
        <a href={routeTo(["participants"], { at })}>Participants then</a>
        <a href={routeTo(["timeline"])}>Back to now</a>
      </p>
      <div class="halves">
        <MomentPanel seq={rested} fetched={moment} />
        <section aria-labelledby="around">
          <h2 id="around">Facts around it</h2>
          <FactList facts={around.answer?.facts ?? []} at={rested} />
        </section>
      </div>
      {(moment.answer !== undefined || !moment.waiting) && (
        <DifferencePanel
          from={shown === rested ? since : Math.min(since, shown)}
          to={shown}
          chosen={(seq) => go({ from: seq })}
        />
      )}
    </>
  );
}

/**
 * A number that is followed at once when it changes now and then, and only once it rests while it keeps changing: a slider
 * passes thousands.
 */
function useRested(number: number): number {
  const last = useRef({ number, moved: Number.NEGATIVE_INFINITY, rested: number });
  const [, setRests] = useState(0);
  const { current } = last;
  if (current.number !== number) {
    const now = performance.now();
    const isFirst = now - current.moved >= REST;
    last.current = { number, moved: now, rested: isFirst ? number : current.rested };
  }
  useEffect(() => {
    if (last.current.rested === number) return undefined;
    const timer = setTimeout(() => {
      last.current = { ...last.current, rested: number };
      setRests((rests) => rests + 1);
    }, REST);
    return () => clearTimeout(timer);
  }, [number]);
  return last.current.rested;
}
