/**
 * Keeping up: the status, the board of the present transition and the facts, as they come.
 *
 * The stream is resumed after the last fact that was heard, so that nothing is missed; what is no fact (status, board) is
 * asked for anew whenever the connection was lost.
 */
import type { Board, Cell, Facts, Me, ProgressEvent, Session, Status, ToldFact } from "../service/http/answers.ts";
import { ApiError, get, post, query } from "./api.ts";
import { readEvents, type StreamEvent } from "./event-stream.ts";
import { current, update } from "./store.ts";
import { storedToken, storeToken, takeCode } from "./token.ts";

const FACTS_KEPT = 200;
const FACTS_BEFORE = 20;
/** Milliseconds between attempts to connect: the first, and the most. */
const WAIT = { first: 500, most: 10_000 };

/** Facts after which the board has another shape, and not only other numbers. */
const RESHAPING = new Set([
  "TransitionStarted",
  "PlanMade",
  "TransitionHeld",
  "TransitionResumed",
  "TransitionPaused",
  "TransitionFinished",
  "TransitionAbandoned",
  "StepFailed",
  "StepSkipped",
  "PlanCarriedOut",
]);

const UNKNOWN_TOKEN =
  "The service does not know your token, or not any more: sessions end with its process. Run signaled console for a new link.";

let running: AbortController | undefined;

/** Begins to keep up, or begins anew, as after a token was given. */
function keepUp(): void {
  running?.abort();
  running = new AbortController();
  void follow(running.signal);
}

/** Exchanges the code of the address, if there is one, for a token, and begins to keep up; also when it comes later. */
export async function keepUpByAddress(): Promise<void> {
  await signInByAddress();
  keepUp();
  // A link that is opened in a tab with the console changes the address, and does not load the page again.
  addEventListener("hashchange", () => void signInByAddress().then((known) => known && keepUp()));
}

/** Whether there was a code, and it was good. */
async function signInByAddress(): Promise<boolean> {
  const code = takeCode();
  if (code === undefined) return false;
  try {
    const { token } = await post<Session>("/session", { code });
    storeToken(token);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const text = `The link does not work any more (${error.message}). Run signaled console for a new one.`;
    update({ notice: { tone: "bad", text } });
    return false;
  }
}

/** Uses a token that was typed in; undefined signs out. */
export function signIn(token: string | undefined): void {
  storeToken(token);
  update({ connection: "connecting", me: undefined });
  keepUp();
}

async function follow(signal: AbortSignal): Promise<void> {
  let wait = WAIT.first;
  let after: number | undefined;
  while (!signal.aborted) {
    try {
      const seq = await lookAround(signal);
      if (after === undefined) await lookBack(seq, signal);
      after ??= seq;
      await readEvents({
        path: "/events",
        after,
        signal,
        opened: () => {
          wait = WAIT.first;
          update({ connection: "live", lostSince: undefined });
          void askForBoard();
        },
        heard: (event) => {
          if (event.id !== undefined) after = Math.max(after ?? 0, Number(event.id));
          hear(event);
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status === 401) {
        if (storedToken() === undefined) {
          update({ connection: "signed-out", me: undefined });
          return;
        }
        // A session ends with the process that gave it. Looking may be allowed without.
        storeToken(undefined);
        update({ notice: { tone: "bad", text: UNKNOWN_TOKEN } });
        continue;
      }
      // A journal that is another one now, as after a restart on an empty folder, has no such fact.
      if (error instanceof ApiError && error.status >= 400 && error.status !== 429) after = undefined;
    }
    if (signal.aborted) return;
    update({ connection: "lost", lostSince: current().lostSince ?? Date.now() });
    await pause(wait, signal);
    wait = Math.min(wait * 2, WAIT.most);
  }
}

/** Who one is and where the service is; gives the fact that it is at. */
async function lookAround(signal: AbortSignal): Promise<number> {
  const [me, status] = await Promise.all([get<Me>("/me", signal), get<Status>("/status", signal)]);
  update({ me, status });
  return status.seq;
}

/** The facts before the first that will be heard: whoever opens the page wants to know what led here. */
async function lookBack(seq: number, signal: AbortSignal): Promise<void> {
  if (seq === 0) return;
  const { facts } = await get<Facts>(`/facts${query({ from: Math.max(1, seq - FACTS_BEFORE), to: seq })}`, signal);
  update({ facts: facts.toReversed() });
}

/** Waits, or less long when the browser says that there is a network again. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

function hear({ event, data }: StreamEvent): void {
  if (event === "status") update({ status: JSON.parse(data) as Status });
  else if (event === "progress") takeProgress(JSON.parse(data) as ProgressEvent);
  else if (event === "fact") takeFact(JSON.parse(data) as ToldFact);
}

function takeFact(fact: ToldFact): void {
  const { facts, status } = current();
  if (facts[0] !== undefined && facts[0].seq >= fact.seq) return;
  update({
    facts: [fact, ...facts.slice(0, FACTS_KEPT - 1)],
    ...(status === undefined ? {} : { status: { ...status, seq: Math.max(status.seq, fact.seq) } }),
  });
  if (RESHAPING.has(fact.type)) askForBoardSoon();
}

function takeProgress(progress: ProgressEvent): void {
  const { board } = current();
  const course = board?.courses[progress.course];
  if (board === undefined || course === undefined || board.transitionId !== progress.transitionId) {
    askForBoardSoon();
    return;
  }
  const changed = new Map(progress.cells.map((cell) => [keyOf(cell), cell]));
  const cells = course.cells.map((cell) => changed.get(keyOf(cell)) ?? cell);
  const courses = board.courses.map((each) => (each === course ? { ...course, cells } : each));
  update({ board: { ...board, courses, running: progress.running }, boardHeard: performance.now() });
}

function keyOf({ phase, participant }: Cell): string {
  return `${phase} ${participant}`;
}

let soon: ReturnType<typeof setTimeout> | undefined;

/** Several facts that come together ask for one board. */
function askForBoardSoon(): void {
  if (soon !== undefined) return;
  soon = setTimeout(() => {
    soon = undefined;
    void askForBoard();
  }, 120);
}

async function askForBoard(): Promise<void> {
  try {
    const board = await get<Board>("/transitions/current");
    update({ board, boardHeard: performance.now() });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Without a transition there is no board; where the service is gone, the stream says so.
    if (error.status === 404) update({ board: undefined });
  }
}
