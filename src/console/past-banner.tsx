/** Says that a view shows an earlier moment, and leads back to now. */
import type { JSX } from "preact";
import { routeTo } from "./route.ts";
import { count } from "./words.ts";

interface Past {
  readonly at: string | undefined;
  /** Of the view, as it is without the moment. */
  readonly path: readonly string[];
}

export function PastBanner({ at, path }: Past): JSX.Element | null {
  if (at === undefined) return null;
  return (
    <p class="banner past">
      <span>
        As it was after fact <a href={routeTo(["timeline"], { at })}>{count(Number(at))}</a>.
      </span>
      <a href={routeTo(path)}>Back to now</a>
    </p>
  );
}
