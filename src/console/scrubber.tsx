/** The scrubber: a slider over all facts, with a mark for each of the latest transitions. */
import type { JSX } from "preact";
import type { Transitions } from "../service/http/answers.ts";
import { useFetched } from "./fetched.ts";
import { useKnown } from "./store.ts";
import { chapterWords, count, OUTCOMES } from "./words.ts";

interface ScrubberProps {
  readonly latest: number;
  readonly at: number | undefined;
  readonly moved: (seq: number) => void;
}

export function Scrubber({ latest, at, moved }: ScrubberProps): JSX.Element {
  const shown = at ?? latest;
  const marks = useMarks();
  const before = marks.filter(({ seq }) => seq < shown)[0]?.seq;
  const after = marks.findLast(({ seq }) => seq > shown)?.seq;
  return (
    <div class="scrubber">
      <div class="buttons">
        <button type="button" disabled={before === undefined} onClick={() => before !== undefined && moved(before)}>
          <span aria-hidden="true">«</span> <span class="unseen">The transition before</span>
        </button>
        <button type="button" disabled={shown <= 1} onClick={() => moved(shown - 1)}>
          <span aria-hidden="true">‹</span> <span class="unseen">The fact before</span>
        </button>
        <button type="button" disabled={shown >= latest} onClick={() => moved(shown + 1)}>
          <span aria-hidden="true">›</span> <span class="unseen">The fact after</span>
        </button>
        <button type="button" disabled={after === undefined} onClick={() => after !== undefined && moved(after)}>
          <span aria-hidden="true">»</span> <span class="unseen">The transition after</span>
        </button>
        <label class="fact-number">
          Fact
          <input
            type="number"
            min={1}
            max={latest}
            value={shown}
            onChange={({ currentTarget }) => moved(Number(currentTarget.value))}
          />
          <span class="dim">of {count(latest)}</span>
        </label>
      </div>
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={`after fact ${shown} of ${latest}`}
        min={1}
        max={Math.max(1, latest)}
        value={shown}
        onInput={({ currentTarget }) => moved(Number(currentTarget.value))}
      />
      <svg class="marks" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
        {marks.map(({ seq, tone, word }) => {
          const x = latest <= 1 ? 0 : ((seq - 1) / (latest - 1)) * 996;
          return (
            <rect key={seq} class={tone} x={x} y="0" width="3" height="12">
              <title>{word}</title>
            </rect>
          );
        })}
      </svg>
    </div>
  );
}

interface Mark {
  readonly seq: number;
  readonly tone: string;
  readonly word: string;
}

/** The last fact of each of the latest transitions, the latest first. */
function useMarks(): readonly Mark[] {
  const settled = useKnown(({ board }) => `${board?.transitionId} ${board?.outcome}`);
  const { answer } = useFetched<Transitions>("/transitions?limit=200", settled);
  return (answer?.transitions ?? []).flatMap((summary) => {
    if (summary.chapter === "process") return [];
    if (summary.chapter === "refusal") return [{ seq: summary.seq, tone: "bad", word: chapterWords(summary) }];
    const [word, tone] = OUTCOMES[summary.outcome] ?? [summary.outcome, "plain"];
    return [{ seq: summary.lastSeq, tone, word: `${chapterWords(summary)}, ${word}` }];
  });
}
