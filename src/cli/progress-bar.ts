/**
 * The progress bar of a transition that takes its time: how far it is, what it waits for, and for how long.
 */
import { askService } from "../service/control-client.ts";
import type { ServiceProgress } from "../service/control-protocol.ts";
import { KIND_WORDS } from "../service/narration.ts";
import type { LiveLine } from "./live-line.ts";

/** Milliseconds that a transition may take before a bar is shown for it, and between two looks. */
const SHOWN_AFTER = 700;
const LOOK_EVERY = 200;
const BAR_WIDTH = 24;

/** One line; undefined where nothing is under way, or not for long yet. */
export function progressText({ transition }: ServiceProgress): string | undefined {
  if (transition === undefined || transition.held !== undefined || (transition.elapsed ?? 0) < SHOWN_AFTER)
    return undefined;
  const { kind, done, total, elapsed = 0, paused, callback, running } = transition;
  const share = total === 0 ? 0 : done / total;
  const full = Math.floor(share * BAR_WIDTH);
  const bar = `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}`;
  const what = KIND_WORDS[kind as keyof typeof KIND_WORDS] ?? kind;
  const [first, ...others] = running;
  const subject = first === undefined || first.subject === "" ? "" : ` ${first.subject}`;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const at = paused
    ? "paused"
    : `${callback ?? ""}${subject}${more}${first?.text === undefined ? "" : `: ${first.text}`}`;
  return `${what} ${bar} ${Math.floor(share * 100)} %  ${done} of ${total}  ${Math.round(elapsed / 1000)} s  ${at}`.trimEnd();
}

/** Shows a bar at the end of the terminal as long as there is something to show. Gives the way to stop. */
export function showProgress(line: LiveLine, look: () => ServiceProgress | Promise<ServiceProgress>): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const draw = async (): Promise<void> => {
    // Who asks for the transition hears what goes wrong; the bar does not add to it.
    const progress = await Promise.resolve(look()).catch(() => undefined);
    const text = progress && progressText(progress);
    if (stopped) return;
    if (text === undefined) line.clear();
    else line.show(text);
    later();
  };
  const later = (): void => {
    timer = setTimeout(() => void draw().catch(() => later()), LOOK_EVERY);
    timer.unref();
  };
  later();
  return () => {
    stopped = true;
    clearTimeout(timer);
    line.clear();
  };
}

/** Waits for an answer of the service that comes when a transition is over, with a bar meanwhile. */
export async function withProgress<Answer>(
  line: LiveLine | undefined,
  socket: string,
  answer: Promise<Answer>,
): Promise<Answer> {
  const stop = line && showProgress(line, () => askService(socket, { command: "progress" }));
  try {
    return await answer;
  } finally {
    stop?.();
  }
}
