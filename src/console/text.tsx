/** Small pieces that every view uses: chips, times, errors, and what is said while there is nothing yet. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Fetched } from "./fetched.ts";
import { clockText, type Tone } from "./words.ts";

interface Chipped {
  readonly tone: Tone;
  readonly children: ComponentChildren;
}

/** A word with a colour; the word says it also without the colour. */
export function Chip({ tone, children }: Chipped): JSX.Element {
  return <span class={`chip ${tone}`}>{children}</span>;
}

export function ClockTime({ at }: { readonly at: string | number }): JSX.Element {
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {clockText(at)}
    </time>
  );
}

/** What a view shows while it waits for its first answer, or when it gets none; undefined: there is an answer. */
export function pending(fetched: Fetched<unknown>, what: string): JSX.Element | undefined {
  if (fetched.problem !== undefined && fetched.status !== 404)
    return (
      <p class="problem" role="alert">
        {fetched.problem}
      </p>
    );
  if (fetched.status === 404) return <p class="empty">There is no {what}.</p>;
  if (fetched.answer === undefined) return <p class="empty">{fetched.waiting ? "One moment …" : `No ${what}.`}</p>;
  return undefined;
}

/** Draws again every second while `going`, for what grows by itself. Gives milliseconds by `performance.now`. */
export function useTicking(going: boolean): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, [going]);
  return going ? Math.max(now, performance.now()) : now;
}

interface Barred {
  readonly done: number;
  readonly total: number;
  readonly tone: Tone;
  readonly label: string;
}

export function Bar({ done, total, tone, label }: Barred): JSX.Element {
  return <progress class={`bar ${tone}`} max={Math.max(total, 1)} value={total === 0 ? 1 : done} aria-label={label} />;
}
