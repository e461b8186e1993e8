/** The timeline: every transition, a scrubber to any moment, and what changed between two. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Facts } from "../../service/http/answers.ts";
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

/** Milliseconds that the scrubber must rest before its moment is asked for. */
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
        <MomentPanel seq={rested} />
        <section aria-labelledby="around">
          <h2 id="around">Facts around it</h2>
          <FactList facts={around.answer?.facts ?? []} at={rested} />
        </section>
      </div>
      <DifferencePanel from={from ?? Math.max(0, rested - 1)} to={rested} chosen={(seq) => go({ from: seq })} />
    </>
  );
}

/** A number once it has stayed the same for a moment: a slider passes thousands. */
function useRested(number: number): number {
  const [rested, setRested] = useState(number);
  useEffect(() => {
    const timer = setTimeout(() => setRested(number), REST);
    return () => clearTimeout(timer);
  }, [number]);
  return rested;
}
